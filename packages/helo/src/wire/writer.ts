/**
 * Writes big-endian fields into an array of a size known beforehand. Never truncates: what does not fit, in the field or
 * in the array, is the caller's bug and a RangeError.
 * PROTOCOL.md, preamble.
 */

/** A growing prefix of one new array of `size` octets. */
export class Writer {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(size: number) {
    this.#bytes = new Uint8Array(size)
    this.#view = new DataView(this.#bytes.buffer)
  }

  u8(value: number): void {
    this.#view.setUint8(this.#take(1), inRange(value, 0xff))
  }

  u16(value: number): void {
    this.#view.setUint16(this.#take(2), inRange(value, 0xffff))
  }

  u32(value: number): void {
    this.#view.setUint32(this.#take(4), inRange(value, 0xffff_ffff))
  }

  /** At most 2^53 - 1: the protocol sends no larger number. */
  u64(value: number): void {
    const at = this.#take(8)
    this.#view.setUint32(at, Math.floor(inRange(value, Number.MAX_SAFE_INTEGER) / 2 ** 32))
    this.#view.setUint32(at + 4, value % 2 ** 32)
  }

  /** All of `bytes` (borrowed). */
  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#take(bytes.byteLength))
  }

  /** The array, now the caller's. RangeError when it is not full. */
  finish(): Uint8Array {
    if (this.#offset !== this.#bytes.byteLength)
      throw new RangeError(`${this.#offset} octets written, not ${this.#bytes.byteLength}`)
    return this.#bytes
  }

  #take(count: number): number {
    const at = this.#offset
    if (count > this.#bytes.byteLength - at)
      throw new RangeError(`${count} octets at ${at} do not fit into ${this.#bytes.byteLength}`)
    this.#offset += count
    return at
  }
}

function inRange(value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new RangeError(`${value} is no integer from 0 to ${max}`)
  return value
}
