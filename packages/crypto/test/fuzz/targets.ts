/** What this package makes of bytes and text from outside, for `npm run fuzz`. */
import assert from 'node:assert/strict'
import type { FuzzTarget } from '@postern/transport-testkit'
import {
  importIdentity,
  isPublicKey,
  NODE_ID_CHARACTERS,
  NODE_ID_OCTETS,
  nodeIdFromBytes,
  nodeIdOf,
  nodeIdToBytes,
  PUBLIC_KEY_OCTETS,
  parseNodeId,
  publicIdentity,
  SIGNATURE_CONTEXT,
  SIGNATURE_OCTETS,
} from '../../src/index.js'

const IDENTITIES = [1, 2, 3, 4].map((octet) => importIdentity(new Uint8Array(32).fill(octet)))
const P = 2n ** 255n - 19n

const nodeIdText: FuzzTarget = {
  name: 'node-id-text',
  maxOctets: 128,
  tokens: ['0', 'O', 'o', 'I', 'l', 'L', 'U', 'ſ', 'K', '\u{1d7d8}', '\0'].map((text) => Buffer.from(text)),
  seeds: () => IDENTITIES.flatMap(({ nodeId }) => [Buffer.from(nodeId), Buffer.from(nodeId.toLowerCase())]),
  feed(input) {
    const text = Buffer.from(input).toString('utf8')
    const id = parseNodeId(text)
    if (id === null) {
      if (text.length !== NODE_ID_CHARACTERS) return text.length < NODE_ID_CHARACTERS ? 'short' : 'long'
      const foreign = /[^0-9a-tv-z]/i.exec(text)
      return foreign === null ? 'spare-bits' : `foreign-${foreign.index >> 3}`
    }
    assert.equal(id.length, NODE_ID_CHARACTERS)
    assert.equal(parseNodeId(id), id, 'a canonical id is read as itself')
    assert.equal(nodeIdFromBytes(nodeIdToBytes(id)), id)
    const respelt = text.toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1')
    assert.equal(id, respelt, 'an id differs from its text in case and look-alikes only')
    if (id === text) return 'canonical'
    return text === text.toUpperCase() ? 'look-alikes' : 'lower-case'
  },
}

const nodeIdBytes: FuzzTarget = {
  name: 'node-id-bytes',
  maxOctets: 64,
  seeds: () => IDENTITIES.map(({ nodeId }) => nodeIdToBytes(nodeId)),
  feed(input) {
    if (input.length !== NODE_ID_OCTETS) {
      assert.throws(() => nodeIdFromBytes(input), RangeError)
      return input.length < NODE_ID_OCTETS ? 'short' : 'long'
    }
    const id = nodeIdFromBytes(input)
    assert.deepEqual(Buffer.from(nodeIdToBytes(id)), Buffer.from(input))
    assert.equal(parseNodeId(id), id)
    return `ok-${id[0]}`
  },
}

const publicKey: FuzzTarget = {
  name: 'public-key',
  maxOctets: 64,
  // Keys, and the edge of the field: p - 1, p, p + 1 and 2^255 - 1, with either sign.
  seeds: () => [
    ...IDENTITIES.map((identity) => identity.publicKey),
    ...[0n, 1n, P - 1n, P, P + 1n, 2n ** 255n - 1n, 2n ** 255n].map(littleEndian),
  ],
  feed(input) {
    const isUsable = isPublicKey(input)
    if (input.length !== PUBLIC_KEY_OCTETS) {
      assert.equal(isUsable, false)
      return input.length < PUBLIC_KEY_OCTETS ? 'short' : 'long'
    }
    const y = BigInt(`0x${Buffer.from(input).reverse().toString('hex')}`) & (2n ** 255n - 1n)
    if (y >= P) {
      assert.equal(isUsable, false, 'not canonical')
      return `not-canonical-${y - P}`
    }
    if (!isUsable) return `small-order-${input[0]}`
    assert.equal(nodeIdOf(input).length, NODE_ID_CHARACTERS)
    return input[31]! > 0x7f ? 'ok-negative' : 'ok'
  },
}

/** publicKey ‖ signature ‖ data. */
const signature: FuzzTarget = {
  name: 'signature',
  maxOctets: 256,
  seeds: () => SIGNED.map((bytes) => bytes.slice()),
  feed(input) {
    const key = input.subarray(0, PUBLIC_KEY_OCTETS)
    const given = input.subarray(PUBLIC_KEY_OCTETS, PUBLIC_KEY_OCTETS + SIGNATURE_OCTETS)
    const data = input.subarray(PUBLIC_KEY_OCTETS + SIGNATURE_OCTETS)
    const owner = publicIdentity(key)
    assert.equal(owner !== null, isPublicKey(key))
    if (owner === null) return key.length < PUBLIC_KEY_OCTETS ? 'truncated' : 'bad-key'
    const isGenuine = owner.verify(SIGNATURE_CONTEXT.HELO, data, given)
    if (isGenuine) assert(SIGNED_HEX.has(Buffer.from(input).toString('hex')), 'only what was signed verifies')
    return isGenuine ? 'genuine' : given.length < SIGNATURE_OCTETS ? 'short-signature' : 'forged'
  },
}

const SIGNED: readonly Uint8Array[] = IDENTITIES.map((identity, at) => {
  const data = new Uint8Array(at * 20).fill(at)
  return Buffer.concat([identity.publicKey, identity.sign(SIGNATURE_CONTEXT.HELO, data), data])
})
const SIGNED_HEX: ReadonlySet<string> = new Set(SIGNED.map((bytes) => Buffer.from(bytes).toString('hex')))

function littleEndian(n: bigint): Uint8Array {
  return Buffer.from(n.toString(16).padStart(64, '0'), 'hex').reverse()
}

export const targets: readonly FuzzTarget[] = [nodeIdText, nodeIdBytes, publicKey, signature]
