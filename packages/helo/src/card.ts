/**
 * Cards: all the HELOs of one node in one text, the thing two people exchange once.
 * Never judges clocks or signatures: run checkHelo on each HELO that comes out. DESIGN section 3, PROTOCOL.md section 4.
 *
 *   0  1  version
 *   1  1  count, 1 to 16
 *   2  …  count times: 2 octets of length, then a HELO; all of one public key and one link key
 */
import type { NodeId } from '@postern/crypto'
import { type Helo, heloCodec } from './helo.js'
import { MAX_ADDRESSES_PER_PEER, MAX_CARD_TEXT_CHARACTERS } from './limits.js'
import { type DecodedText, SCHEME, withoutScheme } from './text.js'
import { fromBase64url, toBase64url } from './wire/base64url.js'
import { Reader } from './wire/reader.js'
import { Writer } from './wire/writer.js'

const VERSION = 1
const CARD_FIXED_OCTETS = 2
const LENGTH_OCTETS = 2

/** One node and how to reach it, as claimed by whoever wrote the card. */
export interface Card {
  readonly nodeId: NodeId
  /** 1 to MAX_ADDRESSES_PER_PEER, in the order of the card. */
  readonly helos: readonly Helo[]
}

/** `postern:card:…` on one line. RangeError: no HELO, too many, not all of one node and link key, or not encodable. */
export function encodeCard(helos: readonly Helo[]): string {
  const first = helos[0]
  if (first === undefined || helos.length > MAX_ADDRESSES_PER_PEER)
    throw new RangeError(`a card of ${helos.length} HELOs, not 1 to ${MAX_ADDRESSES_PER_PEER}`)
  if (!helos.every((helo) => haveSameKeys(first, helo))) throw new RangeError('a card of HELOs with different keys')
  const encoded = helos.map((helo) => heloCodec.encode(helo))
  const writer = new Writer(encoded.reduce((size, bytes) => size + LENGTH_OCTETS + bytes.byteLength, CARD_FIXED_OCTETS))
  writer.u8(VERSION)
  writer.u8(helos.length)
  for (const bytes of encoded) {
    writer.u16(bytes.byteLength)
    writer.bytes(bytes)
  }
  return SCHEME.CARD + toBase64url(writer.finish())
}

/**
 * One card from text a person pasted. Never throws. One bad HELO makes the whole card bad; HELOs of a later version are passed
 * over as long as there is one that we understand.
 */
export function decodeCard(text: string): DecodedText<Card> {
  if (text.length > MAX_CARD_TEXT_CHARACTERS) return { ok: false, fault: 'too-long' }
  const payload = withoutScheme(text, SCHEME.CARD)
  if (payload === null) return { ok: false, fault: 'not-a-card' }
  const bytes = fromBase64url(payload)
  return bytes === null ? { ok: false, fault: 'bad-base64' } : readCard(bytes)
}

function readCard(bytes: Uint8Array): DecodedText<Card> {
  const reader = new Reader(bytes)
  const version = reader.u8()
  const count = reader.u8()
  if (reader.failed) return { ok: false, fault: 'truncated' }
  if (version !== VERSION) return { ok: false, fault: 'unknown-version' }
  if (count < 1 || count > MAX_ADDRESSES_PER_PEER) return { ok: false, fault: 'bad-count' }
  const helos: Helo[] = []
  for (let left = count; left > 0; left -= 1) {
    const entry = reader.bytes(reader.u16())
    const decoded = heloCodec.decode(entry) // truncated as well when the entry is not all there: it is then empty
    if (!decoded.ok && decoded.fault === 'unknown-version') continue // a later version; the others may still serve
    if (!decoded.ok) return { ok: false, fault: decoded.fault }
    if (decoded.bytesRead < entry.byteLength) return { ok: false, fault: 'trailing' }
    if (!haveSameKeys(helos[0] ?? decoded.value, decoded.value)) return { ok: false, fault: 'mixed-identities' }
    helos.push(decoded.value)
  }
  if (reader.remaining > 0) return { ok: false, fault: 'trailing' }
  if (helos.length === 0) return { ok: false, fault: 'unknown-version' }
  return { ok: true, value: { nodeId: helos[0]!.senderIdentity, helos } }
}

function haveSameKeys(a: Helo, b: Helo): boolean {
  return a.senderIdentity === b.senderIdentity && a.linkKey.every((octet, i) => octet === b.linkKey[i])
}
