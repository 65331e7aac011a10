/** An input in the making: octets in a room of fixed size. What does not fit falls off the end. Makes no choices: mutate.ts does. */

export class Draft {
  readonly #room: Uint8Array
  #length = 0

  /** `maxOctets`: the room. */
  constructor(maxOctets: number) {
    this.#room = new Uint8Array(maxOctets)
  }

  get length(): number {
    return this.#length
  }

  /** Octets that may still be added. */
  get left(): number {
    return this.#room.length - this.#length
  }

  /** The octets so far: a view that stays valid until the next change of length, and can be written to. */
  get octets(): Uint8Array {
    return this.#room.subarray(0, this.#length)
  }

  /** Starts anew with a copy of `bytes`. */
  load(bytes: Uint8Array): void {
    this.#length = 0
    this.insert(0, bytes)
  }

  /** A copy of `bytes`, which may not be a view of this draft, before the octet `at`. */
  insert(at: number, bytes: Uint8Array): void {
    const count = Math.min(bytes.length, this.#room.length - at)
    this.#room.copyWithin(at + count, at, this.#length)
    this.#room.set(count === bytes.length ? bytes : bytes.subarray(0, count), at)
    this.#length = Math.min(this.#length + count, this.#room.length)
  }

  remove(at: number, count: number): void {
    this.#room.copyWithin(at, at + count, this.#length)
    this.#length -= Math.min(count, this.#length - at)
  }

  truncate(length: number): void {
    this.#length = Math.min(this.#length, length)
  }
}
