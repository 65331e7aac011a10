/**
 * A peer of the book as it is kept: what it and others said of where it can be reached, and what became of it. Its checksum is that
 * of every record (store/sealed-record.ts). Never verifies a signature, never reads a clock.
 *
 *   version | flags (1: linked) | writtenMs, u64 | oneWayPerMinute, f64 | count
 *   count of: teller (0 card, 1 owner, 2 third party: node id, 32) | validatedUntil, u64 | keptUntil, u64 | HELO, PROTOCOL.md section 3
 */
import { NODE_ID_OCTETS, type NodeId, nodeIdFromBytes, nodeIdToBytes } from '@postern/crypto'
import { heloCodec, MAX_ADDRESSES_PER_PEER } from '@postern/helo'
import { addressKey } from './address-key.js'
import { isRumour, type KeptAddress, type KeptPeer, type Teller } from './known-address.js'
import { MAX_PIN_RATE, MAX_WITHDRAWALS_PER_PEER } from './limits.js'

export interface PeerRecordContent extends KeptPeer {
  /** Unix ms; of two records the one with the higher number was written later, even if the clock was set back. */
  readonly writtenMs: number
  /** What the operator pinned it to, messages a minute; 0: it is not pinned. */
  readonly oneWayPerMinute: number
}

const VERSION = 1
const LINKED = 1
const HEAD_OCTETS = 1 + 1 + 8 + 8 + 1
const TELLER = { CARD: 0, OWNER: 1, THIRD_PARTY: 2 } as const
const TIMES_OCTETS = 8 + 8
const MAX_ENTRIES: number = MAX_ADDRESSES_PER_PEER + MAX_WITHDRAWALS_PER_PEER

/** RangeError: no book gave this. */
export function encodePeerRecord({ isLinked, addresses, writtenMs, oneWayPerMinute }: PeerRecordContent): Uint8Array {
  if (addresses.length < 1 || addresses.length > MAX_ENTRIES) throw new RangeError(`${addresses.length} addresses`)
  const head = new Uint8Array(HEAD_OCTETS)
  const view = new DataView(head.buffer)
  head[0] = VERSION
  head[1] = isLinked ? LINKED : 0
  view.setBigUint64(2, BigInt(Math.floor(writtenMs)))
  view.setFloat64(10, oneWayPerMinute)
  head[18] = addresses.length
  return Buffer.concat([head, ...addresses.flatMap(encodeEntry)])
}

function encodeEntry({ from, validatedUntil, keptUntil, helo }: KeptAddress): readonly Uint8Array[] {
  const times = new Uint8Array(TIMES_OCTETS)
  const view = new DataView(times.buffer)
  view.setBigUint64(0, BigInt(Math.floor(validatedUntil))) // a clock may have fractions
  view.setBigUint64(8, BigInt(keptUntil))
  const kind = from === 'card' ? TELLER.CARD : from === 'owner' ? TELLER.OWNER : TELLER.THIRD_PARTY
  return [Uint8Array.of(kind), isRumour(from) ? nodeIdToBytes(from.teller) : [], times, heloCodec.encode(helo)].map(
    (part) => Uint8Array.from(part),
  )
}

/** null: not a record about `peer` of this version, or a damaged one. `bytes` are borrowed. Never throws. */
export function decodePeerRecord(peer: NodeId, bytes: Uint8Array): PeerRecordContent | null {
  if (bytes.byteLength < HEAD_OCTETS || bytes[0] !== VERSION || bytes[1]! > LINKED) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const writtenMs = Number(view.getBigUint64(2))
  const oneWayPerMinute = view.getFloat64(10)
  const isPinRate = oneWayPerMinute >= 0 && oneWayPerMinute <= MAX_PIN_RATE
  if (!Number.isSafeInteger(writtenMs) || !isPinRate || Object.is(oneWayPerMinute, -0)) return null
  const addresses = readEntries(bytes, view)
  if (addresses === null || !isOneBook(peer, addresses)) return null
  return { isLinked: bytes[1] === LINKED, addresses, writtenMs, oneWayPerMinute }
}

/** null: fewer octets than it says, or more, or what no book has. */
function readEntries(bytes: Uint8Array, view: DataView): readonly KeptAddress[] | null {
  const addresses: KeptAddress[] = []
  let at = HEAD_OCTETS
  for (let left = view.getUint8(HEAD_OCTETS - 1); left > 0; left -= 1) {
    const [from, timesAt] = readTeller(bytes, at)
    if (from === null || timesAt + TIMES_OCTETS > bytes.byteLength) return null
    const [validatedUntil, keptUntil] = [Number(view.getBigUint64(timesAt)), Number(view.getBigUint64(timesAt + 8))]
    const decoded = heloCodec.decode(bytes.subarray(timesAt + TIMES_OCTETS))
    if (!decoded.ok || !Number.isSafeInteger(validatedUntil) || !Number.isSafeInteger(keptUntil)) return null
    const helo = decoded.value
    addresses.push({ key: addressKey(helo), helo, from, validatedUntil, keptUntil })
    at = timesAt + TIMES_OCTETS + decoded.bytesRead
  }
  return at === bytes.byteLength ? addresses : null
}

function readTeller(bytes: Uint8Array, at: number): readonly [from: Teller | null, end: number] {
  const end = at + 1
  if (bytes[at] === TELLER.CARD) return ['card', end]
  if (bytes[at] === TELLER.OWNER) return ['owner', end]
  if (bytes[at] !== TELLER.THIRD_PARTY || end + NODE_ID_OCTETS > bytes.byteLength) return [null, end]
  return [{ teller: nodeIdFromBytes(bytes.slice(end, end + NODE_ID_OCTETS)) }, end + NODE_ID_OCTETS]
}

/** Each address once, all of this peer, no more than the book keeps of one, and no withdrawal that is valid. */
function isOneBook(peer: NodeId, addresses: readonly KeptAddress[]): boolean {
  const withdrawals = addresses.filter(({ helo }) => helo.flags.withdrawn)
  return (
    addresses.length > 0 &&
    addresses.length - withdrawals.length <= MAX_ADDRESSES_PER_PEER &&
    withdrawals.length <= MAX_WITHDRAWALS_PER_PEER &&
    withdrawals.every(({ validatedUntil }) => validatedUntil === 0) &&
    new Set(addresses.map(({ key }) => key)).size === addresses.length &&
    addresses.every(({ helo }) => helo.senderIdentity === peer)
  )
}
