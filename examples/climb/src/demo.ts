/** `npm run demo:climb`: the story on real sockets, with times. Exit code 0: it ended as told. */
import { formatExplanation } from '@postern/core'
import { paint, paintTransport, Timeline } from 'postern-stage'
import { Climber } from './climber.js'
import { closingTable } from './closing-table.js'
import { Journal } from './journal.js'
import type { Note } from './note.js'
import { ACTS, type Ended, play, weatherOf } from './story.js'
import { openWorld, transportsOf } from './world.js'

const EVERY_MS = 50
/** Three seconds. */
const HOLD_MESSAGES = 60
/** A path that died is tried again after 1, 2, 4, 8 s: by then it was away for half a minute. */
const ACT_LIMIT_MS = 20_000
const STORY_LIMIT_MS = 60_000
/** What is under way when the talk is over may still arrive. */
const SETTLE_LIMIT_MS = 2_000

const timeline = new Timeline()
const world = await openWorld()
const arrivals = new Map<string, { readonly by: string; readonly atMs: number }>()
const journal = new Journal({ weather: () => weatherOf(world.road), onNote: tell })

timeline.note(
  '\nAnna can be dialled by udp and tcp, by a road that can be cut. Ben cannot be dialled. Both have a mailbox. Anna has',
)
timeline.note(
  `Ben's card, and nothing else is configured. From her first word on each says something every ${EVERY_MS} ms.\n`,
)
timeline.note(paint('dim', '    ms  who     what'))

const start = (name: 'anna' | 'ben'): Promise<Climber> =>
  Climber.start({
    transports: transportsOf(world[name], world.office.handOver),
    everyMs: EVERY_MS,
    onNote: (note) => journal.take(name, note),
  })
await world.makeRoom()
const [anna, ben] = [await start('anna'), await start('ben')]
journal.knows(anna.nodeId, 'anna')
journal.knows(ben.nodeId, 'ben')
const PAIRS: readonly (readonly [string, string])[] = [
  ['anna', 'ben'],
  ['ben', 'anna'],
]

const acts = await play(() => anna.befriend(ben.core.card()), {
  acts: ACTS,
  journal,
  road: world.road,
  between: ['anna', 'ben'],
  holdMessages: HOLD_MESSAGES,
  limitMs: ACT_LIMIT_MS,
  endMs: performance.now() + STORY_LIMIT_MS,
  onAct: ({ title }) => timeline.say('road', `\u2500\u2500 ${paint('bold', title)} \u2500\u2500`),
  onEnded: ({ act, tookMs }) => {
    if (tookMs !== null)
      return timeline.say('both', `hear each other by ${paintTransport(act.by)} after ${tookMs.toFixed(0)} ms`)
    timeline.say('both', paint('bold', `do not hear each other by ${act.by}; what they know of each other:`))
    for (const [one, other] of [
      [anna, ben],
      [ben, anna],
    ] as const)
      timeline.note(formatExplanation(one.core.explain(other.nodeId), Date.now()))
  },
})
for (const one of [anna, ben]) one.hush()
const endMs = performance.now()
await journal.until(() => PAIRS.every((pair) => journal.stream(...pair).missing === 0), SETTLE_LIMIT_MS)
await Promise.all([anna.close(), ben.close()])
await world[Symbol.asyncDispose]()

timeline.note('')
for (const line of closingTable(journal, PAIRS, endMs)) timeline.note(line)
timeline.note(`\n${paint('dim', 'datagrams that vanished on the road')}  ${world.road.lostDatagrams}`)
const asTold = acts.filter(({ tookMs }) => tookMs !== null).length
const isBegunByMail = journal.stream('anna', 'ben').order[0] === 'smtp'
timeline.note(
  asTold === ACTS.length && isBegunByMail
    ? `\nAs told: by mail, then ${ACTS.map(({ by }) => paintTransport(by)).join(', ')}.\n`
    : `\nNot as told: ${[...notAsTold(acts), ...(isBegunByMail ? [] : ['the first word came by something else than mail'])].join('; ')}.\n`,
)
process.exitCode = asTold === ACTS.length && isBegunByMail ? 0 : 1

function notAsTold(ended: readonly Ended[]): readonly string[] {
  return ACTS.filter(({ title }) => !ended.some(({ act, tookMs }) => act.title === title && tookMs !== null)).map(
    ({ title, by }) => `“${title}” did not lead to ${by}`,
  )
}

/** A line for what is worth one: a new way, not every message. */
function tell(who: string, note: Note, peer: string): void {
  if (note.kind === 'path') timeline.say(who, `→ ${peer}  leaves by ${way(note.from)} → ${way(note.to)}`)
  else if (note.kind === 'link') timeline.say(who, `↔ ${peer}  link ${note.isUp ? 'up' : 'down'}`)
  else if (note.kind === 'trouble') timeline.say(who, note.what)
  else if (note.kind === 'heard') {
    const before = arrivals.get(who)
    const atMs = performance.now()
    arrivals.set(who, { by: note.by, atMs })
    if (before?.by === note.by) return
    const gap =
      before === undefined ? '' : paint('dim', `, ${(atMs - before.atMs).toFixed(0)} ms after the last by ${before.by}`)
    const early = note.isEarly ? paint('dim', ', inside the first message') : ''
    timeline.say(who, `← ${peer}  message ${note.number} comes by ${paintTransport(note.by)}${early}${gap}`)
  }
}

function way(transport: string | null): string {
  return transport === null ? 'nothing' : paintTransport(transport)
}
