/** An explanation in words, for terminals and logs: one line a fact, the most important first. Knows no link, only the data. */
import type { ExplainedAddress, ExplainedPath, ExplainedSwitch, Explanation } from './explanation.js'
import type { ChoiceRule, PathHealth } from './link/path-choice.js'

const RULES: Readonly<Record<ChoiceRule, string>> = {
  only: 'there is no other',
  gone: 'the one before was gone',
  confirmed: 'the peer has confirmed it',
  policy: 'the operator wants it so',
  health: 'the other one is not well',
  cost: 'it is cheaper',
  delay: 'it is quicker',
  mtu: 'it takes larger messages',
  protocol: 'it has the lower protocol number',
  age: 'it is older',
}

const HEALTH: Readonly<Record<PathHealth, string>> = {
  healthy: 'well',
  lossy: 'loses too much',
  late: 'slower than it says',
  unanswered: 'does not answer',
  left: 'the peer speaks from elsewhere',
}

/** Many lines, without a line feed at the end. `nowMs`: Unix ms, by which dates become durations. */
export function formatExplanation(explanation: Explanation, nowMs: number): string {
  const { peer, state, decision, switches, switchCount, paths, addresses, lostMessages } = explanation
  const lines = [`${peer.slice(0, 8)}: link ${state}${usedPart(explanation)}`]
  if (decision?.held != null) {
    const { transport, by, forMs } = decision.held
    const why = by === 'threshold' ? 'must stay a fifth quicker' : 'six switches a minute are enough'
    lines.push(`  ${transport} ranks higher: it ${why}, ${duration(forMs)} more`)
  }
  lines.push(...policyLines(explanation))
  lines.push(paths.length === 0 ? '  no path is open' : '  paths, the best first')
  lines.push(...paths.map(pathLine))
  lines.push(addresses.length === 0 ? '  no address is known: the peer has to come to us' : '  addresses')
  lines.push(...addresses.map((one) => addressLine(one, nowMs)))
  if (switchCount > 0) lines.push(`  ${switchCount} switches, the last ones`, ...switches.slice(-5).map(switchLine))
  if (lostMessages > 0) lines.push(`  ${lostMessages} messages left and may not have arrived`)
  return lines.join('\n')
}

function usedPart({ decision }: Explanation): string {
  return decision === null ? ', nothing carries data' : `, by ${decision.transport}: ${RULES[decision.rule]}`
}

function policyLines({ policy }: Explanation): string[] {
  const said = (['pin', 'prefer', 'deny'] as const).flatMap((word) => {
    const transports = policy[word]
    return transports === undefined ? [] : [`${word} ${transports.join(', ')}`]
  })
  return said.length === 0 ? [] : [`  policy: ${said.join('; ')}`]
}

function pathLine(path: ExplainedPath): string {
  const { transport, isUsed, begunBy, isProven, isConfirmed, health, isPassedOver, cost, mtuOctets } = path
  const state = !isProven ? 'being asked' : isConfirmed ? HEALTH[health ?? 'healthy'] : 'not confirmed yet'
  const facts = [
    `cost ${cost}`,
    path.delayMs === null ? 'delay not measured' : `delay ${duration(path.delayMs)}`,
    path.lossShare === null ? null : `loss ${(100 * path.lossShare).toFixed(1)} %`,
    `mtu ${mtuOctets}`,
    path.unansweredKeepAlives > 0 ? `${path.unansweredKeepAlives} of 3 keep-alives unanswered` : null,
    path.answeredBy !== null && path.answeredBy !== transport ? `answered by ${path.answeredBy}` : null,
    isPassedOver && path.triedInMs !== null ? `tried again in ${duration(path.triedInMs)}` : null,
    `begun by ${begunBy === 'us' ? 'us' : 'the peer'} ${duration(path.openForMs)} ago`,
  ]
  return `  ${isUsed ? '>' : ' '} ${transport.padEnd(10)} ${state}; ${facts.filter((fact) => fact !== null).join(', ')}`
}

function addressLine(address: ExplainedAddress, nowMs: number): string {
  const { transport, from, validatedUntil, isOpen, isDenied, failures, lastFailure, nextTryInMs } = address
  const facts = [
    from === 'card' ? 'from a card' : from === 'owner' ? 'told by its owner' : 'a rumour',
    validatedUntil === null ? 'not validated' : `validated for ${duration(validatedUntil - nowMs)}`,
    isOpen ? 'open' : null,
    isDenied ? 'denied by the operator' : null,
    lastFailure === null
      ? null
      : `failed ${failures} times, last ${duration(nowMs - lastFailure.at)} ago: ${lastFailure.reason}`,
    nextTryInMs === null ? null : nextTryInMs === 0 ? 'may be tried now' : `next try in ${duration(nextTryInMs)}`,
  ]
  return `    ${(transport ?? 'unusable').padEnd(10)} ${facts.filter((fact) => fact !== null).join(', ')}`
}

function switchLine({ agoMs, from, to, rule }: ExplainedSwitch): string {
  return `    ${duration(agoMs)} ago: ${from ?? 'nothing'} to ${to ?? 'nothing'}, ${RULES[rule]}`
}

/** Two digits that matter. */
function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  if (seconds < 6_000) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`
}
