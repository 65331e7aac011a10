/**
 * The measurement of the paper's Figure 5: message i + 1 is sent after message i was received. The same few lines drive our
 * transports and the raw twins, so that what they cost falls on both.
 */
import type { Clock, Timer } from '@postern/transport-api'
import type { OpenWire, Sink, Wire } from './wire.js'
import { within } from './within.js'

export interface PingPongLimits {
  /** When nothing has come back for this long (twice this at most), a message is lost. */
  readonly lostAfterMs: number
  /** A whole run takes no longer. */
  readonly runMs: number
  /** Opening and closing each take no longer. */
  readonly openMs: number
}

/** Loopback delivers within microseconds; a machine that is busy or suspended may need seconds. */
export const LOOPBACK_LIMITS: PingPongLimits = { lostAfterMs: 2_000, runMs: 30_000, openMs: 10_000 }

/** One contestant at one size, connected: runs of any number of messages follow one another over the same connection. */
export interface Runner {
  /**
   * `messages` + 1 readings of performance.now(): just before the first message was sent, then at each arrival.
   * Before that, untimed, one message goes there and one back. It ends the connecting (welcomes included), and it puts a TCP
   * connection into the state of one that goes both ways: Linux then acknowledges every second segment instead of each,
   * 1 µs a message less, and runs can only be compared from the same state (apps/bench/README.md).
   */
  run(messages: number): Promise<Float64Array>
  close(): Promise<void>
}

interface Run {
  readonly messages: number
  readonly stamps: Float64Array
  readonly send: () => boolean
  readonly settle: (failure: Error | null) => void
  arrived: number
}

export class PingPong implements Runner, Sink {
  readonly #octets: number
  readonly #clock: Clock
  readonly #limits: PingPongLimits
  #wire: Wire | null = null
  #run: Run | null = null
  #failure: Error | null = null

  private constructor(octets: number, clock: Clock, limits: PingPongLimits) {
    this.#octets = octets
    this.#clock = clock
    this.#limits = limits
  }

  /** Connecting is over when this resolves: it is in no measurement. */
  static async open(octets: number, openWire: OpenWire, clock: Clock, limits = LOOPBACK_LIMITS): Promise<Runner> {
    const game = new PingPong(octets, clock, limits)
    const opening = openWire(octets, game)
    try {
      game.#wire = await within(clock, limits.openMs, 'opening', opening)
      return game
    } catch (error) {
      opening.then((late) => late.close()).catch(() => {}) // the reason is already on its way
      throw error
    }
  }

  async run(messages: number): Promise<Float64Array> {
    const wire = this.#wire
    if (wire === null) throw new Error('closed')
    await this.#play(1, () => wire.send())
    await this.#play(1, () => wire.sendBack())
    return this.#play(messages, () => wire.send())
  }

  async close(): Promise<void> {
    const wire = this.#wire
    this.#wire = null
    if (wire !== null) await within(this.#clock, this.#limits.openMs, 'closing', wire.close())
  }

  arrived(octets: number): void {
    const run = this.#run
    if (run === null) return // left over from a run that failed
    const at = ++run.arrived
    run.stamps[at] = performance.now()
    if (octets !== this.#octets) this.failed(new Error(`${octets} octets arrived instead of ${this.#octets}`))
    else if (at === run.messages) run.settle(null)
    else this.#send(run)
  }

  failed(reason: Error): void {
    this.#failure ??= reason
    this.#run?.settle(reason)
  }

  async #play(messages: number, send: () => boolean): Promise<Float64Array> {
    if (this.#failure !== null) throw this.#failure
    const stamps = new Float64Array(messages + 1)
    const timers: Timer[] = []
    try {
      await new Promise<void>((resolve, reject) => {
        const settle = (failure: Error | null): void => (failure === null ? resolve() : reject(failure))
        const run: Run = { messages, stamps, send, settle, arrived: 0 }
        this.#run = run
        timers.push(this.#watch(run))
        stamps[0] = performance.now()
        this.#send(run)
      })
    } finally {
      this.#run = null
      for (const timer of timers) timer[Symbol.dispose]()
    }
    return stamps
  }

  #send(run: Run): void {
    try {
      if (!run.send()) this.failed(new Error('a message was dropped before it was sent'))
    } catch (error) {
      this.failed(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** UDP may lose a message even on loopback: nobody waits for it forever. */
  #watch(run: Run): Timer {
    const { lostAfterMs, runMs } = this.#limits
    const end = this.#clock.monotonic() + runMs
    let seen = 0
    const timer = this.#clock.setTimer(() => {
      const progress = `${run.arrived} of ${run.messages} messages of ${this.#octets} octets had come back`
      if (run.arrived === seen)
        this.failed(new Error(`a message was lost: ${progress}, then none for ${lostAfterMs} ms`))
      else if (this.#clock.monotonic() >= end) this.failed(new Error(`a run took longer than ${runMs} ms: ${progress}`))
      else timer.reset(lostAfterMs)
      seen = run.arrived
    }, lostAfterMs)
    return timer
  }
}
