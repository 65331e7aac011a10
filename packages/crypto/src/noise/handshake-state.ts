/**
 * A handshake between two messages. Immutable: writing and reading give the next state and leave this one as it was, so a
 * forged message ends nothing. Knows patterns only as data, and neither headers nor what a payload means.
 * Noise (revision 34) section 5.3. A point of small order counts as a forgery (section 12.1 leaves that to us).
 */
import type { KeyObject } from 'node:crypto'
import { AEAD_TAG_OCTETS } from '../aead.js'
import { agreementKeyOf } from '../key-object.js'
import { agreeWith, LINK_KEY_OCTETS, type LinkKey } from '../link-key.js'
import type { OctetSource } from '../octet-source.js'
import { Ephemeral } from './ephemeral.js'
import type { NoiseHash } from './noise-hash.js'
import type { HandshakePattern, Role, Token } from './patterns.js'
import { SymmetricState } from './symmetric-state.js'

/** No message may be longer, Noise section 3. */
export const MAX_HANDSHAKE_OCTETS = 65_535

/** What a side knows before the first message. The arrays are borrowed. */
export interface HandshakeSetup {
  readonly pattern: HandshakePattern
  readonly hash: NoiseHash
  readonly role: Role
  readonly prologue: Uint8Array
  readonly own: LinkKey
  /** 32 octets, when the pattern says that this side knows the other. */
  readonly peer?: Uint8Array
  /** 32 octets, when the pattern has a psk. */
  readonly psk?: Uint8Array
  /** Where ephemeral secrets come from: the system's source by default. */
  readonly random?: OctetSource | undefined
}

/** A public key of the other side, its KeyObject made once: an import takes 6 µs and IK agrees with each key twice. */
interface Peer {
  readonly raw: Uint8Array
  readonly key: KeyObject
}

interface Fields {
  readonly pattern: HandshakePattern
  readonly role: Role
  readonly own: LinkKey
  readonly psk: Uint8Array | undefined
  readonly random: OctetSource | undefined
  readonly step: number
  readonly symmetric: SymmetricState
  readonly e: Ephemeral | null
  readonly re: Peer | null
  readonly rs: Peer | null
}

export class HandshakeState {
  readonly #fields: Fields

  private constructor(fields: Fields) {
    this.#fields = fields
  }

  static begin({ pattern, hash, role, prologue, own, peer, psk, random }: HandshakeSetup): HandshakeState {
    const symmetric = SymmetricState.begin(hash, `Noise_${pattern.name}_25519_ChaChaPoly_${hash.name}`)
    symmetric.mixHash(prologue)
    const rs = peer === undefined ? null : peerOf(peer)
    for (const side of pattern.known) symmetric.mixHash(side === role ? own.publicKey : rs!.raw)
    return new HandshakeState({
      ...{ pattern, role, own, random, symmetric, rs },
      psk: psk?.slice(),
      step: 0,
      e: null,
      re: null,
    })
  }

  /** The other side's static key, once it is known. A new array. */
  get peerStatic(): Uint8Array | null {
    return this.#fields.rs?.raw.slice() ?? null
  }

  /** Names what was said so far: after the last message, both sides' handshake hash. A new array. */
  get handshakeHash(): Uint8Array {
    return this.#fields.symmetric.h.slice()
  }

  /**
   * This side's next message around `payload` (borrowed), with a new ephemeral where the pattern has one. Null: a key of the
   * other side is of small order. RangeError for a message above MAX_HANDSHAKE_OCTETS.
   */
  write(payload: Uint8Array): { readonly message: Uint8Array; readonly next: HandshakeState } | null {
    const draft = { ...this.#fields, symmetric: this.#fields.symmetric.clone() }
    const parts: Uint8Array[] = []
    for (const token of tokensOf(draft)) {
      if (token === 'e') {
        draft.e = new Ephemeral(draft.random)
        parts.push(draft.e.publicKey)
        mixEphemeral(draft, draft.e.publicKey)
      } else if (token === 's') parts.push(draft.symmetric.seal(draft.own.publicKey))
      else if (!mixSecret(draft, token)) return refuse(draft)
    }
    parts.push(draft.symmetric.seal(payload))
    const message = join(parts)
    if (message.byteLength > MAX_HANDSHAKE_OCTETS) {
      draft.symmetric.erase()
      throw new RangeError(`a message of ${message.byteLength} octets, more than ${MAX_HANDSHAKE_OCTETS}`)
    }
    return { message, next: new HandshakeState({ ...draft, step: draft.step + 1 }) }
  }

  /** The other side's next message (borrowed). The payload is a new array. Null for anything that side did not write. */
  read(message: Uint8Array): { readonly payload: Uint8Array; readonly next: HandshakeState } | null {
    if (message.byteLength > MAX_HANDSHAKE_OCTETS) return null
    const draft = { ...this.#fields, symmetric: this.#fields.symmetric.clone() }
    let rest = message
    const take = (octets: number): Uint8Array => {
      const part = rest.subarray(0, octets)
      rest = rest.subarray(octets)
      return part
    }
    for (const token of tokensOf(draft)) {
      if (token === 'e') {
        const raw = take(LINK_KEY_OCTETS)
        if (raw.byteLength < LINK_KEY_OCTETS) return refuse(draft)
        draft.re = peerOf(raw)
        mixEphemeral(draft, raw)
      } else if (token === 's') {
        // Sealed: in no pattern of ours a static key goes before the first agreement.
        const raw = draft.symmetric.open(take(LINK_KEY_OCTETS + AEAD_TAG_OCTETS))
        if (raw?.byteLength !== LINK_KEY_OCTETS) return refuse(draft)
        draft.rs = peerOf(raw)
      } else if (!mixSecret(draft, token)) return refuse(draft)
    }
    const payload = draft.symmetric.open(rest)
    if (payload === null) return refuse(draft)
    return { payload, next: new HandshakeState({ ...draft, step: draft.step + 1 }) }
  }

  /** After the last message: the keys of the two directions, new arrays. Of a one-way pattern only `send` or `receive` is used. */
  split(): { readonly send: Uint8Array; readonly receive: Uint8Array } {
    const [first, second] = this.#fields.symmetric.split()
    return this.#fields.role === 'initiator' ? { send: first, receive: second } : { send: second, receive: first }
  }

  /** Zeroes what JavaScript can zero; the ephemeral goes with the garbage. Good for nothing afterwards. */
  erase(): void {
    this.#fields.symmetric.erase()
    this.#fields.psk?.fill(0)
  }
}

/** A step while it is taken. */
interface Draft extends Fields {
  e: Ephemeral | null
  re: Peer | null
  rs: Peer | null
}

function tokensOf({ pattern, step }: Fields): readonly Token[] {
  return pattern.messages[step]!
}

/** Where there is a psk, ephemerals are mixed into the key as well: section 9.2. */
function mixEphemeral({ symmetric, psk }: Draft, publicKey: Uint8Array): void {
  symmetric.mixHash(publicKey)
  if (psk !== undefined) symmetric.mixKey(publicKey)
}

/** False: the agreement came to nothing. The pattern sees to it that the keys a token needs are there. */
function mixSecret(draft: Draft, token: Exclude<Token, 'e' | 's'>): boolean {
  if (token === 'psk') {
    draft.symmetric.mixKeyAndHash(draft.psk!)
    return true
  }
  const secret = agree(draft, token)
  if (secret === null) return false
  draft.symmetric.mixKey(secret)
  secret.fill(0)
  return true
}

/** The first letter is the initiator's key, the second the responder's. */
function agree({ role, own, e, re, rs }: Draft, token: 'ee' | 'es' | 'se' | 'ss'): Uint8Array | null {
  const [ours, theirs] = role === 'initiator' ? [token[0], token[1]] : [token[1], token[0]]
  const peer = (theirs === 'e' ? re! : rs!).key
  return ours === 'e' ? e!.agree(peer) : agreeWith(own, peer)
}

function refuse({ symmetric }: Draft): null {
  symmetric.erase()
  return null
}

function peerOf(raw: Uint8Array): Peer {
  return { raw: raw.slice(), key: agreementKeyOf(raw) }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
