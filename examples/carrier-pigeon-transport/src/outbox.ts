/**
 * Between `send`, which may not wait, and the disk, which takes its time: a queue with an end. One file is written after the other.
 * Every file that was taken has exactly one outcome; that is what makes the counters add up.
 */
import { errorCode, type RandomSource } from '@postern/transport-api'
import { MAX_QUEUED_FILES, MAX_QUEUED_OCTETS, NAME_OCTETS } from './constants.js'
import type { PeerLoft } from './peer-loft.js'

/** One file on its way to a loft. */
export interface Flight {
  readonly to: PeerLoft
  readonly file: Uint8Array
}

export interface OutboxOptions {
  readonly random: RandomSource
  /** It lies in the loft. Never called from inside `offer`; nor are the others. */
  readonly onSent: (flight: Flight) => void
  /** It was taken and could not be put there. `detail` is for people: the system's error code. */
  readonly onFailed: (flight: Flight, reason: 'loft-full' | 'write-failed', detail: string) => void
  /** Taken, and not written when the outbox was closed. */
  readonly onLeft: (count: number) => void
}

export class Outbox {
  readonly #options: OutboxOptions
  /** The first is being written, and counts until it is. */
  readonly #queue: Flight[] = []
  #octets = 0
  #work: Promise<void> | null = null
  #isOpen = true

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** False: too much waits already. */
  offer(flight: Flight): boolean {
    const octets = this.#octets + flight.file.byteLength
    if (!this.#isOpen || octets > MAX_QUEUED_OCTETS || this.#queue.length >= MAX_QUEUED_FILES) return false
    this.#octets = octets
    this.#queue.push(flight)
    this.#work ??= this.#workOff()
    return true
  }

  /** The file that is being written is finished; the others are not begun. Afterwards nothing is called any more. */
  async close(): Promise<void> {
    this.#isOpen = false
    await this.#work
    if (this.#queue.length > 0) this.#options.onLeft(this.#queue.length)
    this.#queue.length = 0
  }

  async #workOff(): Promise<void> {
    for (let flight = this.#queue[0]; flight !== undefined && this.#isOpen; flight = this.#queue[0]) {
      await this.#put(flight)
      this.#queue.shift()
      this.#octets -= flight.file.byteLength
    }
    this.#work = null
  }

  async #put(flight: Flight): Promise<void> {
    const { random, onSent, onFailed } = this.#options
    const name = Buffer.from(random.bytes(NAME_OCTETS)).toString('hex')
    try {
      if (await flight.to.put(name, flight.file)) onSent(flight)
      else onFailed(flight, 'loft-full', 'too many files wait there')
    } catch (error) {
      onFailed(flight, 'write-failed', errorCode(error))
    }
  }
}
