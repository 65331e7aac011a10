/** Making and judging first messages and their answers as octets (PROTOCOL.md section 10). Keeps no state. */
import {
  beginHandshake,
  handshakePrologue,
  type LinkKey,
  linkKeyHint,
  mac,
  mac1Key,
  macEquals,
  type NodeId,
  type PendingHandshake,
} from '@postern/crypto'
import {
  checkHelo,
  decodeBatch,
  encodeBatch,
  type FirstMessage,
  firstMessageCodec,
  type Helo,
  heloCodec,
  MAC_OCTETS,
  MAX_HELOS_IN_HANDSHAKE,
  MESSAGE_TYPE,
  macedBytes,
  type PlainMessage,
} from '@postern/helo'
import { isSame } from '../same-octets.js'

export interface FirstMessageDraft {
  readonly from: NodeId
  readonly to: NodeId
  readonly own: LinkKey
  readonly peerLinkKey: Uint8Array
  readonly senderIndex: number
  readonly inside: readonly PlainMessage[]
}

export interface MadeFirstMessage {
  /** The body of the message of type 4, with mac2 zero. */
  readonly body: Uint8Array
  readonly pending: PendingHandshake
}

const NO_MAC = new Uint8Array(MAC_OCTETS)

/** null: that link key is none, whoever signed it. */
export function makeFirstMessage({
  from,
  to,
  own,
  peerLinkKey,
  senderIndex,
  inside,
}: FirstMessageDraft): MadeFirstMessage | null {
  const begun = beginHandshake({
    prologue: handshakePrologue(from, to),
    own,
    peerLinkKey,
    payload: encodeBatch(inside),
  })
  if (begun === null) return null
  const { message, pending } = begun
  const fields = { senderIndex, hint: linkKeyHint(peerLinkKey), noise: message, mac1: NO_MAC, mac2: NO_MAC }
  const body = firstMessageCodec.encode(fields)
  const mac1 = mac(mac1Key(peerLinkKey), macedBytes(body).mac1)
  return { body: firstMessageCodec.encode({ ...fields, mac1 }), pending }
}

/** The same message, with proof that its sender has the cookie. */
export function withCookie(body: Uint8Array, cookie: Uint8Array): Uint8Array {
  const copy = body.slice()
  copy.set(mac(cookie, macedBytes(copy).mac2), copy.byteLength - MAC_OCTETS)
  return copy
}

/** Did its sender know this link key of ours? Cheap, and first. */
export function hasMac1(first: FirstMessage, body: Uint8Array, linkPublicKey: Uint8Array): boolean {
  return macEquals(mac(mac1Key(linkPublicKey), macedBytes(body).mac1), first.mac1)
}

export interface OpenedBatch {
  /** Of the peer, checked, all with the static key of the handshake. */
  readonly helos: readonly Helo[]
  readonly rest: readonly PlainMessage[]
}

/**
 * What a handshake carried. The HELOs come first, name `peer`, and bind `peerLinkKey` to it by its signature; `null` when one of
 * them does not, or when there are none and `needsHelo`.
 */
export function readHandshakeBatch(
  payload: Uint8Array,
  {
    peer,
    peerLinkKey,
    nowMs,
    needsHelo,
    isKnown,
  }: {
    readonly peer: NodeId
    readonly peerLinkKey: Uint8Array
    readonly nowMs: number
    readonly needsHelo: boolean
    /** Has it been checked before, octet for octet, and has not expired since? */
    readonly isKnown: (helo: Helo) => boolean
  },
): OpenedBatch | null {
  const batch = decodeBatch(payload)
  if (!batch.ok) return null
  const end = batch.value.findIndex(({ type }) => type !== MESSAGE_TYPE.HELO)
  const [first, rest] = end < 0 ? [batch.value, []] : [batch.value.slice(0, end), batch.value.slice(end)]
  if (first.length > MAX_HELOS_IN_HANDSHAKE || (needsHelo && first.length === 0)) return null
  const helos: Helo[] = []
  for (const { body } of first) {
    const helo = heloCodec.decode(body)
    if (!helo.ok || helo.bytesRead !== body.byteLength) return null
    if (helo.value.senderIdentity !== peer) return null
    // The responder was reached by the key of an older card; what it advertises now may carry a newer one.
    if (needsHelo && !isSame(helo.value.linkKey, peerLinkKey)) return null
    // A signature that was verified before need not be again.
    if (!isKnown(helo.value) && checkHelo(helo.value, nowMs) !== null) return null
    helos.push(helo.value)
  }
  return { helos, rest }
}
