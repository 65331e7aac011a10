/**
 * The handshake of two nodes, Noise_IK_25519_ChaChaPoly_SHA256, as two messages around two payloads. Every call is pure: what
 * is forged changes nothing, and no ephemeral ever seals a second payload. Knows no header, no mac and no clock.
 * PROTOCOL.md section 10, Noise (revision 34).
 */
import { type EpochSecrets, HandshakeSecrets } from './epoch-secrets.js'
import { CryptoError } from './errors.js'
import { LINK_KEY_OCTETS, type LinkKey } from './link-key.js'
import { NODE_ID_OCTETS, type NodeId, nodeIdToBytes } from './node-id.js'
import { HandshakeState } from './noise/handshake-state.js'
import { SHA256 } from './noise/noise-hash.js'
import { IK } from './noise/patterns.js'
import type { OctetSource } from './octet-source.js'

/** What the first message adds to its payload: ephemeral, sealed static key and tag. */
export const FIRST_MESSAGE_EXTRA_OCTETS = 96

/** What the second message adds to its payload: ephemeral and tag. */
export const SECOND_MESSAGE_EXTRA_OCTETS = 48

const PREFIX = new TextEncoder().encode('postern/1')

/** Both sides' part of the setup. All borrowed. */
export interface HandshakeOptions {
  /** Of `handshakePrologue`. */
  readonly prologue: Uint8Array
  readonly own: LinkKey
  /** Gives ephemeral secrets, for runs that are named by their seed; what it gives is wiped. The system's source by default. */
  readonly random?: OctetSource
}

/** An initiator that waits for the second message. */
export interface PendingHandshake {
  /**
   * Ends the handshake with the second message (borrowed): ephemeral and sealed payload. Null for a forgery, and then the real
   * one still counts; the same message gives equal results again. CryptoError ERR_HANDSHAKE_ERASED, ERR_LINK_KEY_ERASED.
   */
  complete(message2: Uint8Array): { readonly payload: Uint8Array; readonly secrets: EpochSecrets } | null
  /** Lets go of the secrets of the handshake, not of an epoch it gave. May be repeated. */
  erase(): void
}

/** A first message that was opened. */
export interface OpenedHandshake {
  /** 32 octets, proven: only its holder, or whoever holds our own link key, can have sealed this. May still be a replay. */
  readonly peerLinkKey: Uint8Array
  readonly payload: Uint8Array
  /**
   * The second message around `payload` (borrowed), with a new ephemeral at every call: keep the message for repeating it.
   * RangeError above 65 535 octets; CryptoError ERR_HANDSHAKE_ERASED.
   */
  answer(payload: Uint8Array): { readonly message: Uint8Array; readonly secrets: EpochSecrets }
  /** Lets go of the secrets of the handshake, not of an epoch it gave. May be repeated. */
  erase(): void
}

/** `postern/1` ‖ the node id of the initiator ‖ that of the responder, in a new array. */
export function handshakePrologue(initiator: NodeId, responder: NodeId): Uint8Array {
  const prologue = new Uint8Array(PREFIX.byteLength + 2 * NODE_ID_OCTETS)
  prologue.set(PREFIX)
  prologue.set(nodeIdToBytes(initiator), PREFIX.byteLength)
  prologue.set(nodeIdToBytes(responder), PREFIX.byteLength + NODE_ID_OCTETS)
  return prologue
}

/**
 * The first message around `payload`, both borrowed: ephemeral ‖ sealed static key ‖ sealed payload. Null when `peerLinkKey`,
 * which comes from outside, is of small order. RangeError when it is not 32 octets, or for a message above 65 535 octets.
 */
export function beginHandshake(
  options: HandshakeOptions & { readonly peerLinkKey: Uint8Array; readonly payload: Uint8Array },
): { readonly message: Uint8Array; readonly pending: PendingHandshake } | null {
  const { prologue, own, random, peerLinkKey: peer, payload } = options
  if (peer.byteLength !== LINK_KEY_OCTETS)
    throw new RangeError(`a link key of ${peer.byteLength} octets, not ${LINK_KEY_OCTETS}`)
  const start = HandshakeState.begin({ pattern: IK, hash: SHA256, role: 'initiator', prologue, own, peer, random })
  const written = start.write(payload)
  return written === null ? null : { message: written.message, pending: new Pending(written.next) }
}

/** Opens a first message (borrowed). Null for anything that nobody sealed for this link key and this prologue. */
export function openHandshake(options: HandshakeOptions & { readonly message: Uint8Array }): OpenedHandshake | null {
  const { prologue, own, random, message } = options
  const start = HandshakeState.begin({ pattern: IK, hash: SHA256, role: 'responder', prologue, own, random })
  const read = start.read(message)
  return read === null ? null : new Opened(read.next, read.payload)
}

/** A state that can be let go of. */
class Held {
  #state: HandshakeState | null

  constructor(state: HandshakeState) {
    this.#state = state
  }

  protected get state(): HandshakeState {
    if (this.#state === null) throw new CryptoError('ERR_HANDSHAKE_ERASED', 'this handshake was erased')
    return this.#state
  }

  erase(): void {
    this.#state?.erase()
    this.#state = null
  }
}

class Pending extends Held implements PendingHandshake {
  complete(message2: Uint8Array): { readonly payload: Uint8Array; readonly secrets: EpochSecrets } | null {
    const read = this.state.read(message2)
    return read === null ? null : { payload: read.payload, secrets: secretsOf(read.next) }
  }
}

class Opened extends Held implements OpenedHandshake {
  readonly peerLinkKey: Uint8Array
  readonly payload: Uint8Array

  constructor(state: HandshakeState, payload: Uint8Array) {
    super(state)
    this.peerLinkKey = state.peerStatic!
    this.payload = payload
  }

  answer(payload: Uint8Array): { readonly message: Uint8Array; readonly secrets: EpochSecrets } {
    // Reading has already agreed with both keys of the initiator: neither is of small order.
    const { message, next } = this.state.write(payload)!
    return { message, secrets: secretsOf(next) }
  }
}

function secretsOf(end: HandshakeState): EpochSecrets {
  const secrets = new HandshakeSecrets(end.split(), end.handshakeHash)
  end.erase()
  return secrets
}
