/**
 * Node ids: SHA-256 of a node's public key, and the two forms it takes, 32 octets on the wire and 52 characters of
 * Crockford's base32 everywhere else. Never judges whether a key is usable (public-key.ts does).
 * DESIGN section 3, PROTOCOL.md section 1.
 */
import { sha256 } from '@noble/hashes/sha2.js'

declare const nodeIdBrand: unique symbol

/** A node's name: 52 characters of Crockford base32, upper case, canonical, so ids are compared with `===`. */
export type NodeId = string & { readonly [nodeIdBrand]: true }

/** Length of a node id on the wire. */
export const NODE_ID_OCTETS = 32

/** Length of the text form: 256 bits in characters of 5, the last 4 bits zero. */
export const NODE_ID_CHARACTERS = 52

const SHORT_CHARACTERS = 8
const HASHED_OCTETS = 32 // an Ed25519 public key, RFC 8032 section 5.1.5
const SPARE_BITS = 0b1111 // of the last character's 5 bits only the highest carries data

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ALIASES: readonly (readonly [alias: string, canonical: string])[] = [
  ['O', '0'],
  ['I', '1'],
  ['L', '1'],
]

/** Every ten bits as two characters: 0.37 µs for an id and its first map look-up, against 0.71 µs one by one (Node 20). */
const PAIRS: readonly string[] = Array.from({ length: 1024 }, (_, bits) => ALPHABET[bits >> 5]! + ALPHABET[bits & 31]!)

/** Character code to five bits. Not toUpperCase(): that folds letters outside ASCII into the alphabet. */
const FIVE_BITS: ReadonlyMap<number, number> = new Map(
  [...Array.from(ALPHABET, (c) => [c, c] as const), ...ALIASES].flatMap(([written, canonical]) =>
    [written, written.toLowerCase()].map((c) => [c.charCodeAt(0), ALPHABET.indexOf(canonical)] as const),
  ),
)

/** The id of the node that owns `publicKey` (32 octets, borrowed). RangeError for any other length. */
export function nodeIdOf(publicKey: Uint8Array): NodeId {
  if (publicKey.byteLength !== HASHED_OCTETS)
    throw new RangeError(`a public key of ${publicKey.byteLength} octets, not ${HASHED_OCTETS}`)
  return nodeIdFromBytes(sha256(publicKey))
}

/** The text form of 32 octets from the wire (borrowed). RangeError for any other length: cut the field out first. */
export function nodeIdFromBytes(bytes: Uint8Array): NodeId {
  if (bytes.byteLength !== NODE_ID_OCTETS)
    throw new RangeError(`a node id of ${bytes.byteLength} octets, not ${NODE_ID_OCTETS}`)
  let text = ''
  let waiting = 0 // the lowest `count` bits are not written yet; older ones above them are left to be shifted out
  let count = 0
  for (let i = 0; i < NODE_ID_OCTETS; i++) {
    waiting = ((waiting << 8) | bytes[i]!) & 0x3_ffff
    count += 8
    if (count >= 10) {
      count -= 10
      text += PAIRS[(waiting >> count) & 1023]!
    }
  }
  return (text + PAIRS[(waiting << (10 - count)) & 1023]!) as NodeId
}

/** The 32 octets of `id`, in a new array. RangeError when `id` was cast from a string that is not one. */
export function nodeIdToBytes(id: NodeId): Uint8Array {
  const fives = readFives(id)
  if (fives === null) throw new RangeError(`not a node id: ${id.length} characters`)
  const bytes = new Uint8Array(NODE_ID_OCTETS)
  let waiting = 0
  let count = 0
  let at = 0
  for (const five of fives) {
    waiting = ((waiting << 5) | five) & 0xfff
    count += 5
    if (count >= 8) {
      count -= 8
      bytes[at++] = waiting >> count
    }
  }
  return bytes
}

/** A node id typed or pasted by a person: lower case and O, I, L are taken. Null for anything that is not one. */
export function parseNodeId(text: string): NodeId | null {
  const fives = readFives(text)
  return fives === null ? null : (fives.map((five) => ALPHABET[five]!).join('') as NodeId)
}

/** The first 8 characters, for people only: 40 bits are not enough to tell nodes apart. */
export function shortNodeId(id: NodeId): string {
  return id.slice(0, SHORT_CHARACTERS)
}

function readFives(text: string): number[] | null {
  if (text.length !== NODE_ID_CHARACTERS) return null
  const fives: number[] = []
  for (let i = 0; i < NODE_ID_CHARACTERS; i++) {
    const five = FIVE_BITS.get(text.charCodeAt(i))
    if (five === undefined) return null
    fives.push(five)
  }
  return (fives[NODE_ID_CHARACTERS - 1]! & SPARE_BITS) === 0 ? fives : null
}
