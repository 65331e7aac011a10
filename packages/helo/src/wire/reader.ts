/**
 * Reads big-endian fields from bytes of unknown origin. Never throws and never reads outside them: past the end every
 * field is zero or empty and `failed` stays true, so a decoder checks once.
 * PROTOCOL.md, preamble.
 */

const NOTHING = new Uint8Array(0)

/** A place in `bytes`, which are borrowed: what bytes() returns are views into them. */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0
  #failed = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Octets read so far; a field that did not fit is not counted. */
  get offset(): number {
    return this.#offset
  }

  /** Octets left. */
  get remaining(): number {
    return this.#bytes.byteLength - this.#offset
  }

  /** True once a field did not fit; every later read fails too, even if it would fit. */
  get failed(): boolean {
    return this.#failed
  }

  u8(): number {
    const at = this.#take(1)
    return at === null ? 0 : this.#view.getUint8(at)
  }

  u16(): number {
    const at = this.#take(2)
    return at === null ? 0 : this.#view.getUint16(at)
  }

  u32(): number {
    const at = this.#take(4)
    return at === null ? 0 : this.#view.getUint32(at)
  }

  /** Exact up to 2^53 - 1; anything above comes out rounded but never below 2^53, so Number.isSafeInteger tells. */
  u64(): number {
    const at = this.#take(8)
    return at === null ? 0 : this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4)
  }

  /** A view of the next `count` octets: copy what outlives the buffer it came in. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count)
    return at === null ? NOTHING : this.#bytes.subarray(at, at + count)
  }

  #take(count: number): number | null {
    if (this.#failed || count > this.remaining) {
      this.#failed = true
      return null
    }
    const at = this.#offset
    this.#offset += count
    return at
  }
}
