/**
 * The symmetric half of a handshake: what has been said (h), what is agreed on (ck) and the key for the rest of it (k).
 * Changes in place, so that nothing of an older state is left in memory: whoever wants to keep one clones it first.
 * Noise (revision 34) section 5.2, with the HKDF of section 4.3.
 */
import { frameNonce, nodeAead } from '../aead.js'
import { HASH_OCTETS, type NoiseHash } from './noise-hash.js'

const ascii = new TextEncoder()
const ONE = Uint8Array.of(1)
const TWO = Uint8Array.of(2)
const THREE = Uint8Array.of(3)
const EMPTY = new Uint8Array()

export class SymmetricState {
  readonly #hash: NoiseHash
  #h: Uint8Array
  readonly #ck: Uint8Array
  readonly #key: Uint8Array
  #hasKey: boolean
  #nonce: number

  private constructor(from: { hash: NoiseHash; h: Uint8Array; ck: Uint8Array; key: Uint8Array; at: number | null }) {
    this.#hash = from.hash
    this.#h = from.h
    this.#ck = from.ck
    this.#key = from.key
    this.#hasKey = from.at !== null
    this.#nonce = from.at ?? 0
  }

  /** InitializeSymmetric. */
  static begin(hash: NoiseHash, protocolName: string): SymmetricState {
    const name = ascii.encode(protocolName)
    const h = name.byteLength <= HASH_OCTETS ? new Uint8Array(HASH_OCTETS) : hash.hash(name)
    if (name.byteLength <= HASH_OCTETS) h.set(name)
    return new SymmetricState({ hash, h, ck: h.slice(), key: new Uint8Array(HASH_OCTETS), at: null })
  }

  /** One that goes its own way. */
  clone(): SymmetricState {
    const at = this.#hasKey ? this.#nonce : null
    return new SymmetricState({ hash: this.#hash, h: this.#h, ck: this.#ck.slice(), key: this.#key.slice(), at })
  }

  /** The handshake hash: public, names the handshake. Not to be written to. */
  get h(): Uint8Array {
    return this.#h
  }

  mixHash(data: Uint8Array): void {
    this.#h = this.#hash.hash(this.#h, data)
  }

  mixKey(input: Uint8Array): void {
    const [ck, key] = this.#expand(input)
    this.#move(this.#ck, ck)
    this.#setKey(key)
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [ck, forHash, key] = this.#expand(input)
    this.#move(this.#ck, ck)
    this.mixHash(forHash)
    forHash.fill(0)
    this.#setKey(key)
  }

  /** EncryptAndHash: a new array; before there is a key, the plain text itself. */
  seal(plain: Uint8Array): Uint8Array {
    const sealed = this.#hasKey ? nodeAead.seal(this.#key, frameNonce(this.#nonce++), this.#h, plain) : plain.slice()
    this.mixHash(sealed)
    return sealed
  }

  /** DecryptAndHash: a new array, or null for a forgery; then this state is good for nothing but erasing. */
  open(sealed: Uint8Array): Uint8Array | null {
    const plain = this.#hasKey ? nodeAead.open(this.#key, frameNonce(this.#nonce++), this.#h, sealed) : sealed.slice()
    this.mixHash(sealed)
    return plain
  }

  /** Split: the key of the initiator's direction, then the responder's. New arrays. */
  split(): readonly [Uint8Array, Uint8Array] {
    const [first, second, third] = this.#expand(EMPTY)
    third.fill(0)
    return [first, second]
  }

  /** Zeroes what is secret. */
  erase(): void {
    this.#ck.fill(0)
    this.#key.fill(0)
  }

  #expand(input: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
    const { hmac } = this.#hash
    const seed = hmac(this.#ck, input)
    const first = hmac(seed, ONE)
    const second = hmac(seed, first, TWO)
    const third = hmac(seed, second, THREE)
    seed.fill(0)
    return [first, second, third]
  }

  #setKey(key: Uint8Array): void {
    this.#move(this.#key, key)
    this.#hasKey = true
    this.#nonce = 0
  }

  #move(to: Uint8Array, from: Uint8Array): void {
    to.set(from)
    from.fill(0)
  }
}
