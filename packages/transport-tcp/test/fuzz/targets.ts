/** What this package makes of bytes and text from outside, for `npm run fuzz`. */
import assert from 'node:assert/strict'
import { nodeIdFromBytes } from '@postern/crypto'
import { ConfigError, ConfigSection, type Message } from '@postern/transport-api'
import { type FuzzTarget, piecesOf, sizeClass } from '@postern/transport-testkit'
import { FRAME_HEADER_OCTETS } from '../../src/constants.js'
import { type FrameFault, FrameReader, writeFrame } from '../../src/framing.js'
import { readTcpSettings } from '../../src/tcp-settings.js'
import { decodeWelcome, encodeWelcome, WELCOME_OCTETS } from '../../src/welcome.js'

/** Small, so that frames of it and beyond it are found. */
const MTU = 1_024

const welcome: FuzzTarget = {
  name: 'welcome',
  maxOctets: 64,
  seeds: () => [0, 1, 0xff].map((octet) => encodeWelcome(nodeIdFromBytes(new Uint8Array(32).fill(octet)))),
  feed(input) {
    const decoded = decodeWelcome(input)
    if (decoded === 'unknown-version') return decoded
    if (decoded === 'incomplete') {
      assert(input.length < WELCOME_OCTETS)
      return `incomplete-${sizeClass(input.length)}`
    }
    assert.equal(Buffer.compare(encodeWelcome(decoded), input.subarray(0, WELCOME_OCTETS)), 0)
    for (let end = 1; end < WELCOME_OCTETS; end += 8) assert.equal(decodeWelcome(input.subarray(0, end)), 'incomplete')
    return input.length === WELCOME_OCTETS ? 'ok' : 'ok-more'
  },
}

interface Reading {
  readonly messages: readonly Message[]
  readonly fault: FrameFault | null
  readonly isWaiting: boolean
}

/** The pieces are copied, as the network would give them. */
function read(pieces: readonly Uint8Array[]): Reading {
  const reader = new FrameReader(MTU)
  const messages: Message[] = []
  for (const piece of pieces) {
    reader.push(Buffer.from(piece))
    for (let next = reader.next(); next !== null; next = reader.next()) {
      if (typeof next === 'string') return { messages, fault: next, isWaiting: false }
      messages.push(next)
    }
  }
  return { messages, fault: null, isWaiting: reader.isWaiting }
}

function frameOf(message: Message): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_OCTETS + message.size)
  writeFrame(frame, 0, message)
  return frame
}

const sample = (size: number, octet: number): Buffer =>
  frameOf({ msg: new Uint8Array(size).fill(octet), size, isEncrypted: octet % 2 === 1, crc: octet * 0x0101_0101 })

const frames: FuzzTarget = {
  name: 'frames',
  maxOctets: 4_096,
  seeds: () => [
    sample(0, 0),
    sample(5, 1),
    sample(MTU, 2),
    Buffer.concat([sample(0, 0), sample(1, 1), sample(300, 2), sample(2, 0xff)]),
  ],
  feed(input) {
    const whole = read([input])
    const inPieces = read(piecesOf(input))
    const { messages, fault, isWaiting } = whole
    assert(messages.every(({ msg, size }) => msg.byteLength === size && size <= MTU))
    const used = Buffer.concat(messages.map(frameOf))
    const usedInPieces = Buffer.concat(inPieces.messages.map(frameOf))
    assert.equal(used.compare(usedInPieces), 0, 'however it is cut, a stream has the same messages')
    assert.deepEqual(
      [inPieces.fault, inPieces.isWaiting, inPieces.messages.length],
      [fault, isWaiting, messages.length],
    )
    assert.equal(used.compare(input.subarray(0, used.length)), 0, 'encodes to the same octets')
    if (fault === null) assert.equal(isWaiting, used.length < input.length)
    return `${fault ?? (isWaiting ? 'waiting' : 'complete')}-${sizeClass(messages.length)}`
  },
}

const KEYS =
  'port listen advertise allow deny cost mtu idleMs unwrittenLimitOctets maxInbound maxInboundPerSource'.split(' ')

const tcpSettings: FuzzTarget = {
  name: 'tcp-settings',
  maxOctets: 512,
  tokens: [
    ...KEYS.map((key) => `"${key}":`),
    ...['"127.0.0.1"', '"::"', 'null', 'true', '[]', '{}', '-1', '0.5', '1e99', '1048576', '1048577', '"'],
  ].map((text) => Buffer.from(text)),
  seeds: () =>
    [
      {},
      { port: 2_086, listen: '0.0.0.0', advertise: 'none', mtu: 16_384, cost: 0, maxInbound: 10 },
      {
        listen: [],
        advertise: '192.0.2.7:4001',
        idleMs: 120_000,
        unwrittenLimitOctets: 262_144,
        maxInboundPerSource: 1,
      },
    ].map((values) => Buffer.from(JSON.stringify(values))),
  feed(input) {
    const values = parseObject(Buffer.from(input).toString('utf8'))
    if (values === null) return 'not-json'
    try {
      const { cost, mtu, idleMs, unwrittenLimitOctets, maxInbound } = readTcpSettings(new ConfigSection('tcp', values))
      for (const number of [cost, mtu, idleMs, unwrittenLimitOctets, maxInbound])
        assert(Number.isSafeInteger(number) && number >= 0)
      return `ok-${Object.keys(values).length}`
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return `refused-${KEYS.find((key) => key === error.key) ?? 'unknown'}`
    }
  },
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

export const targets: readonly FuzzTarget[] = [welcome, frames, tcpSettings]
