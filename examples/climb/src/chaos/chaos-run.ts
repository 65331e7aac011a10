/** One run of the chaos: makes the faults happen to a village at their times, and asks the oracle every second about every pair. */
import type { Explanation } from '@postern/core'
import { SeededRandom } from '@postern/transport-testkit'
import { Journal } from '../journal.js'
import type { Note } from '../note.js'
import { FAST_WAYS } from '../road.js'
import type { Stream } from '../stream.js'
import { describeFault, type Fault, type PlannedFault, planFaults } from './fault.js'
import { type Graces, judge, type Lost } from './oracle.js'
import { Village } from './village.js'
import { Ways } from './ways.js'

export interface ChaosOptions {
  readonly nodes: number
  readonly seconds: number
  readonly seed: number
  /** Between two messages of one node to another. */
  readonly everyMs: number
  readonly graces: Graces
  readonly tell: (atMs: number, what: string) => void
  /** Once a second. */
  readonly onTick: (run: ChaosRun, atMs: number) => void
}

export interface LostLink {
  readonly atMs: number
  readonly pair: readonly [string, string]
  readonly lost: Lost
  readonly wrong: string
  /** Of both sides; null: it was down. */
  readonly explained: readonly [Explanation | null, Explanation | null]
}

/** Before the first fault, and after the last: links are made, and everybody climbs. Less in a short run. */
const CALM_BEFORE_MS = 10_000
const CALM_AFTER_MS = 60_000
const CALM_SHARE = 0.2
const TICK_MS = 1_000
/** What is under way when the talk is over may still arrive. */
const SETTLE_LIMIT_MS = 3_000

export class ChaosRun {
  readonly plan: readonly PlannedFault[]
  readonly journal: Journal
  readonly ways: Ways
  readonly lostLinks: LostLink[] = []
  /** By `FROM → TO` transport, of all nodes together. */
  readonly switches = new Map<string, number>()
  readonly troubles: string[] = []
  /** All that was told. */
  readonly lines: { readonly atMs: number; readonly what: string }[] = []
  /** When the talk ended, by `performance.now`; null: it has not. */
  endedMs: number | null = null
  /** What was in use then. */
  usedAtLast: ReadonlyMap<string, number> = new Map()
  readonly #options: ChaosOptions
  readonly #village: Village
  readonly #begunMs: number
  /** Pairs that were reported and have not heard each other since. */
  readonly #reported = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #restarts = new Map<number, Promise<void>>()
  /** Changes of the world, one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #active = 0

  private constructor(options: ChaosOptions, village: Village, notes: { take: (node: number, note: Note) => void }) {
    const { nodes, seconds, seed } = options
    this.#options = options
    this.#village = village
    this.#begunMs = performance.now()
    this.ways = new Ways(nodes, this.#begunMs)
    const lastMs = seconds * 1_000
    const calm = (mostMs: number): number => Math.min(mostMs, CALM_SHARE * lastMs)
    const times = { nodes, calmBeforeMs: calm(CALM_BEFORE_MS), endMs: lastMs - calm(CALM_AFTER_MS) }
    this.plan = planFaults(new SeededRandom(seed), times)
    this.journal = new Journal({
      weather: (from, to) => this.ways.wrongBetween(nodeOf(from), nodeOf(to), nameOf),
      onNote: (_who, note) => this.#noted(note),
    })
    for (let node = 0; node < nodes; node += 1) this.journal.knows(village.nodeIdOf(node), nameOf(node))
    notes.take = (node, note) => this.journal.take(nameOf(node), note)
  }

  /** A village that nothing has happened to yet. */
  static async prepare(options: ChaosOptions): Promise<ChaosRun> {
    const notes = { take: (_node: number, _note: Note): void => {} }
    const { nodes, everyMs, seed } = options
    const random = new SeededRandom(seed).fork()
    const village = await Village.found({ nodes, random, everyMs, onNote: (node, note) => notes.take(node, note) })
    return new ChaosRun(options, village, notes)
  }

  /** Until it is over and everything is closed. */
  async play(): Promise<void> {
    const { seconds, onTick } = this.#options
    try {
      this.#village.introduce()
      for (const planned of this.plan) {
        this.#at(planned.beginMs, () => this.#inTurn(() => this.#begin(planned.fault)))
        this.#at(planned.endMs, () => this.#inTurn(() => this.#end(planned.fault)))
      }
      const ticking = setInterval(() => {
        this.#judgeAll()
        onTick(this, this.nowMs)
      }, TICK_MS)
      this.#timers.add(ticking)
      await new Promise<void>((over) => this.#at(seconds * 1_000, over))
      clearInterval(ticking)
      await this.#turn
      await Promise.all(this.#restarts.values())
      this.usedAtLast = this.used()
      this.#village.hush()
      this.endedMs = performance.now()
      await this.journal.until(() => this.streams().every(({ missing }) => missing === 0), SETTLE_LIMIT_MS)
    } finally {
      for (const timer of this.#timers) clearTimeout(timer)
      await this.#village[Symbol.asyncDispose]()
    }
  }

  /** Since the beginning. */
  /** By `performance.now`. */
  get begunMs(): number {
    return this.#begunMs
  }

  get nowMs(): number {
    return performance.now() - this.#begunMs
  }

  /** Faults that have begun and not ended. */
  get active(): number {
    return this.#active
  }

  get mails(): Readonly<Record<string, number>> {
    return this.#village.mails
  }

  /** What is in use, by transport; `none` where nothing is. Both directions of every pair. */
  used(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const pair of this.ways.pairs()) {
      for (const [from, to] of [pair, pair.toReversed()] as const) {
        const paths = this.#village.climberOf(from!)?.explain(this.#village.nodeIdOf(to!)).paths ?? []
        const name = paths.find(({ isUsed }) => isUsed)?.transport ?? 'none'
        counts.set(name, (counts.get(name) ?? 0) + 1)
      }
    }
    return counts
  }

  streams(): readonly Stream[] {
    return this.ways
      .pairs()
      .flatMap(([a, b]) => [this.journal.stream(nameOf(a), nameOf(b)), this.journal.stream(nameOf(b), nameOf(a))])
  }

  async #begin(fault: Fault): Promise<void> {
    this.#active += 1
    this.#tell(`✗ ${describeFault(fault, nameOf)}`)
    // What is about to break is no way any more.
    this.ways.begin(fault, performance.now())
    if (fault.kind === 'restart') {
      this.ways.setUp(fault.node, false, performance.now())
      this.#restart(fault.node, () => this.#village.closeNode(fault.node))
    } else if (fault.kind === 'relay') await this.#village.shutOffice()
    else await this.#changeRoads()
    this.journal.weatherChanged()
  }

  async #end(fault: Fault): Promise<void> {
    this.#active -= 1
    // What was broken is a way only once it is there again.
    if (fault.kind === 'relay' && this.ways.isRelayUp(fault)) await this.#village.reopenOffice()
    this.ways.end(fault, performance.now())
    if (fault.kind === 'restart') {
      this.#restart(fault.node, async () => {
        if (this.#village.climberOf(fault.node) !== null) return // another restart of it had begun meanwhile
        await this.#village.reopenNode(fault.node)
        this.ways.setUp(fault.node, true, performance.now())
      })
    } else await this.#changeRoads()
    this.#tell(`✓ no more: ${describeFault(fault, nameOf)}`)
  }

  async #changeRoads(): Promise<void> {
    for (const pair of this.ways.pairs()) {
      for (const [from, to] of [pair, pair.toReversed()] as const) {
        const road = this.#village.roadOf(from!, to!)
        for (const way of FAST_WAYS) {
          const weather = this.ways.weatherOf(from!, to!, way)
          if (road.weatherOf(way) !== weather) await road.change(way, weather)
        }
      }
    }
  }

  /** After what else happens to this node, and beside what happens to others. */
  #restart(node: number, work: () => Promise<void>): void {
    const before = this.#restarts.get(node) ?? Promise.resolve()
    this.#restarts.set(
      node,
      before.then(work).catch((error: unknown) => this.#trouble(`${nameOf(node)}: ${String(error)}`)),
    )
  }

  #judgeAll(): void {
    const { graces } = this.#options
    const nowMs = performance.now()
    for (const [a, b] of this.ways.pairs()) {
      const pair = [nameOf(a), nameOf(b)] as const
      const silentMs = [this.#silentMs(...pair, nowMs), this.#silentMs(pair[1], pair[0], nowMs)] as const
      const lost = judge(this.ways.of(a, b), silentMs, graces, nowMs)
      const key = pair.join(' ')
      if (lost === null) {
        this.#reported.delete(key)
        continue
      }
      if (this.#reported.has(key)) continue
      this.#reported.add(key)
      const wrong = this.ways.wrongBetween(a, b, nameOf)
      const explained = [this.#explain(a, b), this.#explain(b, a)] as const
      this.lostLinks.push({ atMs: this.nowMs, pair, lost, wrong, explained })
      const passed = `${lost.by === 'fast' ? 'a road' : 'mail'} has passed for ${inSeconds(lost.passedMs)}`
      this.#tell(`LOST ${pair.join(' and ')}: silent for ${inSeconds(lost.silentMs)}, while ${passed} (${wrong})`)
    }
  }

  /** Where nothing was sent either, since the beginning. */
  #silentMs(from: string, to: string, nowMs: number): number {
    const stream = this.journal.stream(from, to)
    return stream.accepted === 0 ? nowMs - this.#begunMs : stream.gapMs(nowMs)
  }

  #explain(a: number, b: number): Explanation | null {
    return this.#village.climberOf(a)?.explain(this.#village.nodeIdOf(b)) ?? null
  }

  #noted(note: Note): void {
    if (note.kind === 'trouble') this.#trouble(note.what)
    // What closes at the end switches nothing.
    if (note.kind !== 'path' || this.endedMs !== null) return
    const key = `${note.from ?? 'none'} → ${note.to ?? 'none'}`
    this.switches.set(key, (this.switches.get(key) ?? 0) + 1)
  }

  #tell(what: string): void {
    this.lines.push({ atMs: Math.round(this.nowMs), what })
    this.#options.tell(this.nowMs, what)
  }

  #trouble(what: string): void {
    this.troubles.push(what)
    this.#tell(`trouble: ${what}`)
  }

  #at(ms: number, work: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        work()
      },
      Math.max(0, ms - this.nowMs),
    )
    this.#timers.add(timer)
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => this.#trouble(String(error)))
  }
}

export function nameOf(node: number): string {
  return `n${node}`
}

function nodeOf(name: string): number {
  return Number(name.slice(1))
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
