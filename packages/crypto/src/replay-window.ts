/**
 * Replay windows: which counters of a path have been accepted, exactly for the newest ones, and none that is older.
 * A ring of bits, one for each counter modulo the size. Knows no keys: ask before opening, tell after it opened.
 * PROTOCOL.md section 11; the method is that of RFC 6479.
 */

/** Counters back from the highest that are still taken, when nothing else is said. */
export const DEFAULT_REPLAY_WINDOW_COUNTERS = 2_048

/** 128 KiB. Far more than a mailbox delivers out of order. */
export const MAX_REPLAY_WINDOW_COUNTERS = 1_048_576

const HEADER_OCTETS = 12
const MAX_NEXT = 2n ** 53n

/** The state of one path in one direction. */
export class ReplayWindow {
  /** How many counters, the highest accepted one included, are told apart. */
  readonly size: number
  /** Bit i, lowest first: whether the counter of the last `size` that is i modulo `size` was accepted. */
  readonly #bits: Uint8Array
  /** The highest accepted counter + 1; 0 before there is one. */
  #next = 0

  /** RangeError unless `size` is a whole number from 1 to MAX_REPLAY_WINDOW_COUNTERS. */
  constructor(size: number = DEFAULT_REPLAY_WINDOW_COUNTERS) {
    if (!isSize(size)) throw new RangeError(`a window of ${size}, not 1 to ${MAX_REPLAY_WINDOW_COUNTERS} counters`)
    this.size = size
    this.#bits = new Uint8Array(Math.ceil(size / 8))
  }

  /** False: accepted before, too old to know, or not a counter at all. Changes nothing. */
  isNew(counter: number): boolean {
    if (!Number.isSafeInteger(counter) || counter < 0) return false
    if (counter >= this.#next) return true
    return counter >= this.#next - this.size && !this.#has(counter)
  }

  /** Only after the frame opened: a forged counter would push out the real ones. What is not new changes nothing. */
  accept(counter: number): void {
    if (!this.isNew(counter)) return
    if (counter >= this.#next) this.#advance(counter)
    this.#bits[(counter % this.size) >> 3]! |= 1 << ((counter % this.size) & 7)
  }

  /** For keeping: size (4 octets) ‖ highest accepted counter + 1 (8 octets) ‖ the bits. Integers are big-endian. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(HEADER_OCTETS + this.#bits.byteLength)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, this.size)
    view.setBigUint64(4, BigInt(this.#next))
    bytes.set(this.#bits, HEADER_OCTETS)
    return bytes
  }

  /** What `toBytes` gave (borrowed). Null for anything that no window gives. */
  static fromBytes(bytes: Uint8Array): ReplayWindow | null {
    if (bytes.byteLength < HEADER_OCTETS) return null
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const size = view.getUint32(0)
    const next = view.getBigUint64(4)
    if (!isSize(size) || bytes.byteLength !== HEADER_OCTETS + Math.ceil(size / 8) || next > MAX_NEXT) return null
    const window = new ReplayWindow(size)
    window.#next = Number(next)
    window.#bits.set(bytes.subarray(HEADER_OCTETS))
    return window.#isPossible() ? window : null
  }

  #has(counter: number): boolean {
    return ((this.#bits[(counter % this.size) >> 3]! >> ((counter % this.size) & 7)) & 1) === 1
  }

  /** Forgets the counters that `counter`, not below #next, pushes out of the window: at most `size` of them. */
  #advance(counter: number): void {
    if (counter - this.#next >= this.size) this.#bits.fill(0)
    else
      for (let gone = this.#next; gone < counter; gone++) {
        this.#bits[(gone % this.size) >> 3]! &= ~(1 << ((gone % this.size) & 7))
      }
    this.#next = counter + 1
  }

  /** The highest counter is set; no bit stands for a counter that has not been, or for none. */
  #isPossible(): boolean {
    if (this.#next > 0 && !this.#has(this.#next - 1)) return false
    for (let at = Math.min(this.#next, this.size); at < this.#bits.byteLength * 8; at++) {
      if (((this.#bits[at >> 3]! >> (at & 7)) & 1) === 1) return false
    }
    return true
  }
}

function isSize(size: number): boolean {
  return Number.isInteger(size) && size >= 1 && size <= MAX_REPLAY_WINDOW_COUNTERS
}
