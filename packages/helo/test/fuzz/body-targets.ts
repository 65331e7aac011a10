/** The bodies of the core's own messages, batches and link frames, for targets.ts. */
import assert from 'node:assert/strict'
import { type FuzzTarget, sizeClass } from '@postern/transport-testkit'
import {
  type BodyCodec,
  batchedOctets,
  checkPong,
  cookieMessageCodec,
  decodeBatch,
  encodeBatch,
  firstMessageCodec,
  fragmentCodec,
  fragmentsOf,
  linkFrameCodec,
  MAX_APPLICATION_BODY_OCTETS,
  MAX_PATHS_IN_EPOCH,
  MESSAGE_TYPE,
  macedBytes,
  pingCodec,
  pongCodec,
  reportCodec,
  secondMessageCodec,
  signPong,
} from '../../src/index.js'
import { OBSERVED, PING, PONG } from '../questions.js'
import { OWNER } from '../samples.js'

interface BodyTarget<T> {
  readonly name: string
  readonly maxOctets: number
  readonly codec: BodyCodec<T>
  readonly seeds: readonly T[]
  /** Judges what decoded, and says in a word what it is like. `bytes` are those that it came from. */
  readonly look: (value: T, bytes: Uint8Array) => string
  /** May several sequences of octets mean the same? */
  readonly isLoose?: boolean
}

function bodyTarget<T>({ name, maxOctets, codec, seeds, look, isLoose = false }: BodyTarget<T>): FuzzTarget {
  return {
    name,
    maxOctets,
    seeds: () => seeds.map((value) => codec.encode(value)),
    feed(input) {
      const decoded = codec.decode(input)
      if (!decoded.ok) {
        assert(decoded.offset <= input.length)
        return `${decoded.fault}-${sizeClass(decoded.offset)}`
      }
      assert.equal(decoded.bytesRead, input.length)
      const again = codec.encode(decoded.value)
      assert.equal(again.length, codec.sizeOf(decoded.value))
      if (!isLoose) assert.equal(Buffer.compare(again, input), 0, 'encodes to the same octets')
      return `ok-${look(decoded.value, input)}`
    },
  }
}

const octets = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, at) => at)

const ping = bodyTarget({
  name: 'ping',
  maxOctets: 1_024,
  codec: pingCodec,
  seeds: [PING, { ...PING, address: octets(1) }, { ...PING, address: octets(512) }],
  isLoose: true, // the padding
  look(value, bytes) {
    assert(bytes.length >= pingCodec.sizeOf(value))
    const largest = { ...value, observed: octets(64), signature: octets(64) }
    assert(pongCodec.sizeOf(largest) <= bytes.length, 'no answer is larger than its question')
    return `${sizeClass(value.address.length)}-${Number(bytes.length > pingCodec.sizeOf(value))}`
  },
})

const pong = bodyTarget({
  name: 'pong',
  maxOctets: 1_024,
  codec: pongCodec,
  seeds: [
    PONG,
    signPong(OWNER, { ...PING, address: octets(512) }, octets(64)),
    signPong(OWNER, PING, new Uint8Array(0)),
  ],
  look: ({ address, observed }) => `${sizeClass(address.length)}-${sizeClass(observed.length)}`,
})

const GENUINE: ReadonlySet<string> = new Set(
  [OBSERVED, new Uint8Array(0)].map((observed) =>
    Buffer.from(pongCodec.encode(signPong(OWNER, PING, observed))).toString('hex'),
  ),
)

const pongSignature = bodyTarget({
  name: 'pong-signature',
  maxOctets: 512,
  codec: pongCodec,
  seeds: [PONG, signPong(OWNER, PING, new Uint8Array(0))],
  look(value, bytes) {
    const fault = checkPong(value, PING, OWNER.publicKey)
    if (fault === null) assert(GENUINE.has(Buffer.from(bytes).toString('hex')), 'only what was signed is believed')
    return fault ?? 'genuine'
  },
})

const batch: FuzzTarget = {
  name: 'batch',
  maxOctets: 4_096,
  seeds: () => [
    encodeBatch([]),
    encodeBatch([{ type: MESSAGE_TYPE.CLOSE, body: new Uint8Array(0) }]),
    encodeBatch([1, 20, 300].map((count) => ({ type: 0x8000 + count, body: octets(count) }))),
    encodeBatch(Array.from({ length: 100 }, () => ({ type: 0xffff, body: new Uint8Array(0) }))),
  ],
  feed(input) {
    const decoded = decodeBatch(input)
    if (!decoded.ok) {
      assert(decoded.offset <= input.length)
      return `${decoded.fault}-${sizeClass(decoded.offset)}`
    }
    assert.equal(decoded.bytesRead, input.length)
    assert.equal(Buffer.compare(encodeBatch(decoded.value), input), 0)
    const size = decoded.value.reduce((sum, message) => sum + batchedOctets(message), 0)
    assert.equal(size, input.length)
    return `ok-${sizeClass(decoded.value.length)}`
  },
}

const fragment = bodyTarget({
  name: 'fragment',
  maxOctets: 70_000,
  codec: fragmentCodec,
  seeds: [
    ...fragmentsOf({ messageId: 1, type: 0x8001, body: octets(1_000) }, 400),
    ...fragmentsOf({ messageId: 0xffff_ffff, type: MESSAGE_TYPE.HELO, body: octets(1) }, 1),
    {
      messageId: 7,
      type: 256,
      total: MAX_APPLICATION_BODY_OCTETS,
      at: MAX_APPLICATION_BODY_OCTETS - 1,
      part: octets(1),
    },
  ],
  look({ type, total, at, part }) {
    assert(type !== 0 && type !== MESSAGE_TYPE.FRAGMENT)
    assert(part.length >= 1 && at + part.length <= total && total <= MAX_APPLICATION_BODY_OCTETS)
    const place = `${Number(at === 0)}${Number(at + part.length === total)}`
    return `${place}-${sizeClass(part.length)}`
  },
})

const MAC = octets(16)

const firstMessage = bodyTarget({
  name: 'first-message',
  maxOctets: 2_048,
  codec: firstMessageCodec,
  seeds: [96, 97, 1_150].map((count) => ({
    senderIndex: count,
    hint: octets(4),
    noise: octets(count),
    mac1: MAC,
    mac2: MAC,
  })),
  look({ noise, mac1, mac2 }, bytes) {
    const covered = macedBytes(bytes)
    assert.equal(covered.mac2.length - covered.mac1.length, mac1.length)
    assert.equal(bytes.length - covered.mac2.length, mac2.length)
    return `${sizeClass(noise.length)}-${Number(mac2.every((octet) => octet === 0))}`
  },
})

const secondMessage = bodyTarget({
  name: 'second-message',
  maxOctets: 2_048,
  codec: secondMessageCodec,
  seeds: [48, 49, 1_150].map((count) => ({ senderIndex: count, receiverIndex: 7, noise: octets(count) })),
  look: ({ noise }) => `${sizeClass(noise.length)}`,
})

const cookieMessage = bodyTarget({
  name: 'cookie-message',
  maxOctets: 128,
  codec: cookieMessageCodec,
  seeds: [{ receiverIndex: 7, nonce: octets(12), sealedCookie: octets(32) }],
  look: ({ receiverIndex }) => `${Number(receiverIndex === 0)}`,
})

const linkFrame = bodyTarget({
  name: 'link-frame',
  maxOctets: 2_048,
  codec: linkFrameCodec,
  seeds: [
    { receiverIndex: 0, pathId: 0, counter: 0, sealed: octets(16) },
    { receiverIndex: 0xffff_ffff, pathId: 0xffff, counter: Number.MAX_SAFE_INTEGER, sealed: octets(1_400) },
  ],
  look: ({ counter, sealed }) => `${Number(counter >= 2 ** 32)}-${sizeClass(sealed.length)}`,
})

const report = bodyTarget({
  name: 'report',
  maxOctets: 512,
  codec: reportCodec,
  seeds: [1, 2, MAX_PATHS_IN_EPOCH].map((count) =>
    Array.from({ length: count }, (_, pathId) => ({ pathId, counter: 2 ** pathId, received: pathId, ageMs: 25 })),
  ),
  look: (paths) => `${paths.length}`,
})

export const bodyTargets: readonly FuzzTarget[] = [
  ping,
  pong,
  pongSignature,
  batch,
  fragment,
  firstMessage,
  secondMessage,
  cookieMessage,
  linkFrame,
  report,
]
