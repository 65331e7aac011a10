/**
 * `npm run chaos`: real cores on real sockets, steady talk between all of them, and faults drawn from a seed. Exit code 1: a link was
 * lost although it had a way, 2: it was called wrongly.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { formatExplanation } from '@postern/core'
import { paint, Timeline } from 'postern-stage'
import { ChaosRun } from './chaos/chaos-run.js'
import { type Machine, recordOf, summaryOf } from './chaos/summary.js'

const USAGE = `npm run chaos -- [--seconds 600] [--nodes 10] [--seed 1] [--every 1000] [--fast-grace 75] [--mail-grace 45] [--out FILE]

  --seconds     how long it goes on
  --nodes       2 to 20; all talk to all
  --seed        of the faults: the same seed, the same faults at the same times
  --every       ms between two messages of one node to another, at least 100
  --fast-grace  s within which a pair with a road that passes must hear each other, both ways: a minute between two
                tries, and what a handshake takes under load
  --mail-grace  the same where there is mail
  --out         the raw record, as JSON`

/** Two cores carry so much and are not busy: what is late is then late for another reason. */
const MOST_MESSAGES_PER_SECOND = 400

/** The others stand in the record. */
const MOST_EXPLAINED = 5

interface Wish {
  readonly seconds: number
  readonly nodes: number
  readonly seed: number
  readonly everyMs: number
  readonly graces: { readonly fastMs: number; readonly mailMs: number }
  readonly out: string | null
}

function readWish(): Wish | null {
  try {
    const text = { type: 'string' } as const
    const options = {
      seconds: text,
      nodes: text,
      seed: text,
      every: text,
      'fast-grace': text,
      'mail-grace': text,
      out: text,
    }
    const { values } = parseArgs({ options })
    const whole = (given: string | undefined, fallback: number, min: number, max: number): number => {
      const value = given === undefined ? fallback : Number(given)
      if (!Number.isInteger(value) || value < min || value > max)
        throw new RangeError(`${given} is not from ${min} to ${max}`)
      return value
    }
    const nodes = whole(values.nodes, 10, 2, 20)
    const fastestMs = Math.max(100, Math.ceil((1_000 * nodes * (nodes - 1)) / MOST_MESSAGES_PER_SECOND))
    return {
      seconds: whole(values.seconds, 600, 5, 86_400),
      nodes,
      seed: whole(values.seed, 1, 0, 0xffff_ffff),
      everyMs: whole(values.every, Math.max(1_000, fastestMs), fastestMs, 60_000),
      graces: {
        fastMs: 1_000 * whole(values['fast-grace'], 75, 1, 3_600),
        mailMs: 1_000 * whole(values['mail-grace'], 45, 1, 3_600),
      },
      out: values.out ?? null,
    }
  } catch (error) {
    timeline.note(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return null
  }
}

const timeline = new Timeline()
const wish = readWish()
process.exitCode = wish === null ? 2 : await run(wish)

async function run({ seconds, nodes, seed, everyMs, graces, out }: Wish): Promise<number> {
  const machine = watchMachine()
  const said = `${nodes} nodes, ${(nodes * (nodes - 1)) / 2} pairs, a message every ${everyMs} ms each way, ${seconds} s, seed ${seed}`
  timeline.note(`\n${said}\n`)
  const chaos = await ChaosRun.prepare({
    seconds,
    nodes,
    seed,
    everyMs,
    graces,
    tell: (atMs, what) => timeline.say('world', what.startsWith('LOST') ? paint('bold', what) : what, atMs),
    onTick: (one, atMs) => {
      machine.look()
      const using = [...one.used()].map(([name, count]) => `${name} ${count}`).join(' ')
      timeline.status(
        `${(atMs / 1_000).toFixed(0)} of ${seconds} s, faults ${one.active}, ${using}, lost ${one.lostLinks.length}`,
      )
    },
  })
  await chaos.play()
  timeline.status('')
  timeline.note('')
  const used = machine.end()
  for (const line of summaryOf(chaos, used)) timeline.note(line)
  for (const { atMs, pair, explained } of chaos.lostLinks.slice(0, MOST_EXPLAINED)) {
    timeline.note(`\n${pair.join(' and ')} at ${(atMs / 1_000).toFixed(1)} s, as each of them saw it`)
    for (const [at, one] of explained.entries())
      timeline.note(
        `${pair[at]} of the other\n${one === null ? 'down' : formatExplanation(one, performance.timeOrigin + chaos.begunMs + atMs)}`,
      )
  }
  if (out !== null) writeFileSync(out, recordOf(chaos, used, { seconds, nodes, seed, everyMs, graces }))
  return chaos.lostLinks.length === 0 && chaos.troubles.length === 0 ? 0 : 1
}

function watchMachine(): { look(): void; end(): Machine } {
  const mib = (): number => Math.round(process.memoryUsage.rss() / 1_048_576)
  const [begunMs, begun, firstRssMib] = [performance.now(), process.cpuUsage(), mib()]
  let peakRssMib = firstRssMib
  return {
    look() {
      peakRssMib = Math.max(peakRssMib, mib())
    },
    end() {
      const { user, system } = process.cpuUsage(begun)
      const cpuShare = (user + system) / 1_000 / (performance.now() - begunMs)
      return { cpuShare, firstRssMib, peakRssMib, lastRssMib: mib() }
    },
  }
}
