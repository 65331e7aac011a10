/**
 * One direction of one connection through a stream proxy: reads from `source`, keeps at most MAX_KEPT_OCTETS and what one read
 * brings, writes to `sink` when the faults and the sink allow it. When it keeps enough it stops reading: back-pressure.
 */
import type { Socket } from 'node:net'
import type { Clock, Timer } from '@postern/transport-api'
import { SAME_TIME_MS } from './proxy-target.js'
import type { TcpLaneCounters, TcpLaneFaults } from './tcp-faults.js'

export interface TcpLaneOptions {
  readonly source: Socket
  readonly sink: Socket
  readonly clock: Clock
  readonly faults: Required<TcpLaneFaults>
  readonly counters: { -readonly [name in keyof TcpLaneCounters]: number }
  /** Resets both ends and disposes of the lane. */
  readonly reset: () => void
}

/** null: the end of the stream. */
interface Piece {
  readonly bytes: Buffer | null
  /** By `monotonic`. */
  readonly dueMs: number
}

/** One read of Node is 64 KiB at most; so much again may be kept before reading stops. */
const MAX_KEPT_OCTETS = 65_536
const NOTHING = new Uint8Array(0)

export class TcpLane {
  readonly #options: TcpLaneOptions
  #faults: Required<TcpLaneFaults>
  readonly #pieces: Piece[] = []
  #keptOctets = 0
  #passedOctets = 0
  /** When the next single octet may go. */
  #nextOctetMs = 0
  #state: 'open' | 'blocked' | 'ended' | 'over' = 'open'
  #timer: Timer | null = null

  constructor(options: TcpLaneOptions) {
    this.#options = options
    this.#faults = options.faults
    options.source.on('data', (bytes: Buffer) => this.#take(bytes)).on('end', () => this.#take(null))
    options.sink.on('drain', () => {
      if (this.#state !== 'blocked') return
      this.#state = 'open'
      this.#pump()
    })
    this.#pump()
  }

  /** Octets that wait for the delay keep the time they were given. */
  set faults(faults: Required<TcpLaneFaults>) {
    this.#faults = faults
    this.#nextOctetMs = 0
    this.#pump()
  }

  close(): void {
    this.#state = 'over'
    this.#pieces.length = 0
    this.#timer?.[Symbol.dispose]()
  }

  #take(bytes: Buffer | null): void {
    if (this.#state === 'ended') this.#options.counters.discardedOctets += bytes?.length ?? 0
    if (this.#state === 'ended' || this.#state === 'over') return
    this.#pieces.push({ bytes, dueMs: this.#options.clock.monotonic() + this.#faults.delayMs })
    this.#keptOctets += bytes?.length ?? 0
    this.#pump()
    if (this.#keptOctets >= MAX_KEPT_OCTETS) this.#options.source.pause()
  }

  /** Passes on all that may pass now, and sets the timer for what may later. */
  #pump(): void {
    while (this.#state === 'open' && !this.#faults.isStalled) {
      if (this.#isCut()) return
      const piece = this.#pieces[0]
      if (piece === undefined) return
      const nowMs = this.#options.clock.monotonic()
      const dueMs = Math.max(piece.dueMs, this.#faults.oneOctetEveryMs === null ? 0 : this.#nextOctetMs)
      if (dueMs > nowMs + SAME_TIME_MS) return this.#wait(dueMs - nowMs)
      if (piece.bytes === null) return this.#end()
      this.#pass(piece.bytes, nowMs)
    }
  }

  #pass(bytes: Buffer, nowMs: number): void {
    const { oneOctetEveryMs, resetAfterOctets, halfCloseAfterOctets } = this.#faults
    const cutAt = Math.min(
      resetAfterOctets ?? Number.POSITIVE_INFINITY,
      halfCloseAfterOctets ?? Number.POSITIVE_INFINITY,
    )
    const count = Math.min(bytes.length, cutAt - this.#passedOctets, oneOctetEveryMs === null ? bytes.length : 1)
    if (count < bytes.length) this.#pieces[0] = { ...this.#pieces[0]!, bytes: bytes.subarray(count) }
    else this.#pieces.shift()
    this.#keptOctets -= count
    this.#passedOctets += count
    this.#options.counters.passedOctets += count
    if (oneOctetEveryMs !== null) this.#nextOctetMs = nowMs + oneOctetEveryMs
    if (!this.#options.sink.write(bytes.subarray(0, count))) this.#state = 'blocked'
    if (this.#keptOctets < MAX_KEPT_OCTETS) this.#options.source.resume()
  }

  /** Does a fault end the stream here? */
  #isCut(): boolean {
    const { resetAfterOctets, halfCloseAfterOctets } = this.#faults
    const { sink, counters, reset } = this.#options
    if (resetAfterOctets !== null && this.#passedOctets >= resetAfterOctets) {
      this.#state = 'over'
      counters.resets += 1
      sink.write(NOTHING, reset) // called when all before it has left: a reset throws away what has not
      return true
    }
    if (halfCloseAfterOctets === null || this.#passedOctets < halfCloseAfterOctets) return false
    counters.halfCloses += 1
    counters.discardedOctets += this.#keptOctets
    this.#end()
    return true
  }

  /** From now on what comes is discarded, so that the sender does not notice. */
  #end(): void {
    this.#state = 'ended'
    this.#pieces.length = 0
    this.#keptOctets = 0
    this.#options.sink.end()
    this.#options.source.resume()
  }

  #wait(delayMs: number): void {
    if (this.#timer === null) this.#timer = this.#options.clock.setTimer(() => this.#pump(), delayMs)
    else this.#timer.reset(delayMs)
  }
}
