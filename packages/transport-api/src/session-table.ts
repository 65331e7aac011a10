/**
 * The life of a transport's sessions: holds, silence, room (paper section 2.2; DESIGN section 2).
 *
 * `connect` and `associate` add a hold, `disconnect` gives one back, the last frees the session. An inbound session starts
 * without a hold; until somebody associates it, silence or the need for room ends it. A held session is never timed out.
 * The table closes nothing itself: it tells its transport, once for each session, that the session is over and why.
 */
import type { Clock, Timer } from './clock.js'

/** Silence is measured in sweeps, so that hearing something costs one store and no look at the clock. */
const SWEEPS_PER_IDLE = 4

export interface SessionTableOptions<S> {
  readonly clock: Clock
  /** A session without holds that was silent for this long, and at most a quarter longer, is over. */
  readonly idleMs: number
  /** Bounds what strangers can make us remember. The oldest one that was not heard again makes room first. */
  readonly maxUnheld: number
  /** The session is over. Called once; never from inside `open` for the session being opened. */
  readonly onOver: (session: S, why: 'released' | 'idle' | 'evicted') => void
}

/** One session's holds and age. Kept by the transport beside its session. */
export interface SessionLife {
  /** Something arrived. */
  heard(): void
  /** Holds + 1; false when the session has ended. */
  associate(): boolean
  /** Holds − 1; false when there was none to give back. */
  release(): boolean
  /** The peer is gone. Holds may still be given back; they free nothing any more. */
  end(): void
  readonly holds: number
  readonly ended: boolean
}

export class SessionTable<S> {
  readonly #options: SessionTableOptions<S>
  readonly #live = new Set<Life<S>>()
  readonly #unheld = new Set<Life<S>>()
  #sweep: Timer | null = null

  constructor(options: SessionTableOptions<S>) {
    this.#options = options
  }

  /** A dialled session starts with one hold, an inbound one with none. */
  open(session: S, origin: 'dialled' | 'inbound'): SessionLife {
    if (origin === 'inbound') this.#makeRoom()
    const life = new Life(this, session, origin === 'dialled' ? 1 : 0)
    this.#live.add(life)
    if (life.holds === 0) this.#watch(life)
    return life
  }

  /** Sessions that have not ended, held or not. */
  get size(): number {
    return this.#live.size
  }

  get unheld(): number {
    return this.#unheld.size
  }

  *sessions(): IterableIterator<S> {
    for (const life of this.#live) yield life.session
  }

  /** @internal The first hold on an inbound session: silence no longer ends it. */
  held(life: Life<S>): void {
    this.#unheld.delete(life)
    this.#rest()
  }

  /** @internal */
  forget(life: Life<S>): void {
    this.#live.delete(life)
    this.#unheld.delete(life)
    this.#rest()
  }

  /** @internal */
  over(life: Life<S>, why: 'released' | 'idle' | 'evicted'): void {
    life.end()
    this.#options.onOver(life.session, why)
  }

  #watch(life: Life<S>): void {
    this.#unheld.add(life)
    this.#sweep ??= this.#options.clock.setTimer(() => this.#sweepOnce(), this.#options.idleMs / SWEEPS_PER_IDLE)
  }

  /** No timer runs while there is nothing to time out. */
  #rest(): void {
    if (this.#unheld.size > 0) return
    this.#sweep?.[Symbol.dispose]()
    this.#sweep = null
  }

  #sweepOnce(): void {
    for (const life of this.#unheld) {
      life.silentSweeps += 1
      if (life.silentSweeps > SWEEPS_PER_IDLE) this.over(life, 'idle')
    }
    this.#sweep?.reset(this.#options.idleMs / SWEEPS_PER_IDLE)
  }

  /** Second chance: a session heard since it was last looked at goes to the end of the line once. */
  #makeRoom(): void {
    if (this.#unheld.size < this.#options.maxUnheld) return
    for (const life of this.#unheld) {
      if (!life.heardSinceLook) return this.over(life, 'evicted')
      life.heardSinceLook = false
      this.#unheld.delete(life)
      this.#unheld.add(life)
    }
  }
}

class Life<S> implements SessionLife {
  readonly session: S
  readonly #table: SessionTable<S>
  #holds: number
  #ended = false
  silentSweeps = 0
  heardSinceLook = false

  constructor(table: SessionTable<S>, session: S, holds: number) {
    this.#table = table
    this.session = session
    this.#holds = holds
  }

  get holds(): number {
    return this.#holds
  }

  get ended(): boolean {
    return this.#ended
  }

  heard(): void {
    this.silentSweeps = 0
    this.heardSinceLook = true
  }

  associate(): boolean {
    if (this.#ended) return false
    this.#holds += 1
    if (this.#holds === 1) this.#table.held(this)
    return true
  }

  release(): boolean {
    if (this.#holds === 0) return false
    this.#holds -= 1
    if (this.#holds === 0 && !this.#ended) this.#table.over(this, 'released')
    return true
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#table.forget(this)
  }
}
