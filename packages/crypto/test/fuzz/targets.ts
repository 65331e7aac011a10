/** What this package makes of bytes and text from outside, for `npm run fuzz`. */
import assert from 'node:assert/strict'
import type { FuzzTarget } from '@postern/transport-testkit'
import {
  beginHandshake,
  handshakePrologue,
  importIdentity,
  importLinkKey,
  isPublicKey,
  NODE_ID_CHARACTERS,
  NODE_ID_OCTETS,
  nodeAead,
  nodeIdFromBytes,
  nodeIdOf,
  nodeIdToBytes,
  openCookie,
  openHandshake,
  PUBLIC_KEY_OCTETS,
  parseNodeId,
  publicIdentity,
  ReplayWindow,
  SIGNATURE_CONTEXT,
  SIGNATURE_OCTETS,
  sealCookie,
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

const INITIATOR = importLinkKey(new Uint8Array(32).fill(5))
const RESPONDER = importLinkKey(new Uint8Array(32).fill(6))
const PROLOGUE = handshakePrologue(IDENTITIES[0]!.nodeId, IDENTITIES[1]!.nodeId)
/** Payloads of both messages. */
const PAYLOADS: readonly Uint8Array[] = [0, 1, 40].map((size) => new Uint8Array(size).fill(size))
/** The same ephemeral for every payload: for tests only. */
const SAME_OCTETS = { bytes: (count: number): Uint8Array => new Uint8Array(count).fill(8) }

const BEGUN = PAYLOADS.map((payload) => {
  const options = { prologue: PROLOGUE, own: INITIATOR, random: SAME_OCTETS, peerLinkKey: RESPONDER.publicKey, payload }
  return beginHandshake(options)!
})
const ANSWERS = BEGUN.map(({ message }, at) => {
  const opened = openHandshake({ prologue: PROLOGUE, own: RESPONDER, random: SAME_OCTETS, message })
  return opened!.answer(PAYLOADS[at]!).message
})

const firstMessage: FuzzTarget = {
  name: 'handshake-first',
  maxOctets: 256,
  seeds: () => BEGUN.map(({ message }) => message.slice()),
  feed(input) {
    const opened = openHandshake({ prologue: PROLOGUE, own: RESPONDER, message: input })
    if (opened === null) return input.length < 96 ? 'short' : 'forged'
    const at = BEGUN.findIndex(({ message }) => Buffer.compare(message, input) === 0)
    assert(at >= 0, 'only what was sealed opens')
    assert.deepEqual(Buffer.from(opened.payload), Buffer.from(PAYLOADS[at]!))
    assert.deepEqual(opened.peerLinkKey, INITIATOR.publicKey)
    return `ok-${at}`
  },
}

const secondMessage: FuzzTarget = {
  name: 'handshake-second',
  maxOctets: 128,
  seeds: () => ANSWERS.map((message) => message.slice()),
  feed(input) {
    const done = BEGUN.map(({ pending }) => pending.complete(input))
    const genuine = ANSWERS.findIndex((message) => Buffer.compare(message, input) === 0)
    assert.deepEqual(
      done.map((one) => one !== null),
      BEGUN.map((_, at) => at === genuine),
      'an answer completes the handshake it answers, and nothing else does',
    )
    if (genuine >= 0) return `ok-${genuine}`
    return input.length < 48 ? 'short' : 'forged'
  },
}

const COOKIE_CONTEXT = { linkPublicKey: RESPONDER.publicKey, mac1: new Uint8Array(16).fill(7) }
const COOKIES: readonly Uint8Array[] = [1, 2].map((octet) => {
  const nonce = new Uint8Array(12).fill(octet)
  return Buffer.concat([nonce, sealCookie({ ...COOKIE_CONTEXT, nonce, cookie: new Uint8Array(16).fill(octet) })])
})

/** nonce ‖ sealedCookie. */
const cookie: FuzzTarget = {
  name: 'cookie',
  maxOctets: 64,
  seeds: () => COOKIES.map((bytes) => bytes.slice()),
  feed(input) {
    const opened = openCookie({ ...COOKIE_CONTEXT, nonce: input.subarray(0, 12), sealedCookie: input.subarray(12) })
    if (opened === null) return input.length === 44 ? 'forged' : input.length < 44 ? 'short' : 'long'
    assert(
      COOKIES.some((bytes) => Buffer.compare(bytes, input) === 0),
      'only what was sealed opens',
    )
    return `ok-${opened[0]}`
  },
}

const WINDOWS: readonly Uint8Array[] = [
  [12, [2, 11, 12, 13, 16]],
  [8, []],
  [64, [2 ** 52, 2 ** 53 - 1]],
  [1, [3]],
].map(([size, counters]) => {
  const window = new ReplayWindow(size as number)
  for (const counter of counters as number[]) window.accept(counter)
  return window.toBytes()
})

const replayWindow: FuzzTarget = {
  name: 'replay-window',
  maxOctets: 64,
  seeds: () => WINDOWS.map((bytes) => bytes.slice()),
  feed(input) {
    const window = ReplayWindow.fromBytes(input)
    if (window === null) return input.length < 12 ? 'short' : 'nonsense'
    assert.deepEqual(Buffer.from(window.toBytes()), Buffer.from(input), 'what is read is what would be written')
    const counter = window.size * 3
    window.accept(counter)
    assert.equal(window.isNew(counter), false)
    return `ok-${Math.min(input.length - 12, 8)}`
  },
}

const AEAD_KEY = new Uint8Array(32).fill(3)
const AEAD_NONCE = new Uint8Array(12)
const AEAD_AD = new Uint8Array(14).fill(4)
const FRAMES: readonly Uint8Array[] = PAYLOADS.map((plain) => nodeAead.seal(AEAD_KEY, AEAD_NONCE, AEAD_AD, plain))

const aead: FuzzTarget = {
  name: 'aead',
  maxOctets: 128,
  seeds: () => FRAMES.map((bytes) => bytes.slice()),
  feed(input) {
    const plain = nodeAead.open(AEAD_KEY, AEAD_NONCE, AEAD_AD, input)
    if (plain === null) return input.length < 16 ? 'short' : 'forged'
    const at = FRAMES.findIndex((bytes) => Buffer.compare(bytes, input) === 0)
    assert(at >= 0, 'only what was sealed opens')
    assert.deepEqual(Buffer.from(plain), Buffer.from(PAYLOADS[at]!))
    return `ok-${at}`
  },
}

function littleEndian(n: bigint): Uint8Array {
  return Buffer.from(n.toString(16).padStart(64, '0'), 'hex').reverse()
}

export const targets: readonly FuzzTarget[] = [
  nodeIdText,
  nodeIdBytes,
  publicKey,
  signature,
  firstMessage,
  secondMessage,
  cookie,
  replayWindow,
  aead,
]
