/** What this package makes of bytes and text from outside, for `npm run fuzz`. */
import assert from 'node:assert/strict'
import { type FuzzTarget, sizeClass } from '@postern/transport-testkit'
import { ADDRESSLESS_DRAFT, heloCodec } from '../../src/helo.js'
import {
  checkHelo,
  decodeCard,
  decodeMessage,
  encodeCard,
  encodeMessage,
  type Helo,
  heloFromText,
  heloToText,
  MAX_CARD_TEXT_CHARACTERS,
  MAX_HELO_TEXT_CHARACTERS,
  MAX_SENDER_ADDRESS_OCTETS,
  MESSAGE_TYPE,
  type MessageType,
  PROTOCOL,
  protocolNumber,
  signHelo,
} from '../../src/index.js'
import { fromBase64url, toBase64url } from '../../src/wire/base64url.js'
import { DRAFT, HELO, LINK_KEY, NOW, OTHER, OWNER, TERMS, WITHDRAWN_ADDRESSLESS } from '../samples.js'
import { bodyTargets } from './body-targets.js'

const address = (octets: number) => ({
  ...DRAFT,
  protocol: PROTOCOL.SMTP,
  senderAddressSize: octets,
  senderAddress: Uint8Array.from({ length: octets }, (_, at) => at),
})
/** All but the last of one node and link key. */
const HELOS: readonly Helo[] = [
  HELO,
  WITHDRAWN_ADDRESSLESS,
  signHelo(OWNER, LINK_KEY, ADDRESSLESS_DRAFT, TERMS),
  signHelo(OWNER, LINK_KEY, address(1), { ...TERMS, sequence: Number.MAX_SAFE_INTEGER }),
  signHelo(OWNER, LINK_KEY, address(MAX_SENDER_ADDRESS_OCTETS), { ...TERMS, withdrawn: true }),
  signHelo(OWNER, LINK_KEY, { ...DRAFT, protocol: protocolNumber(0xffff) }, { ...TERMS, expiration: 0 }),
  signHelo(OTHER, LINK_KEY, DRAFT, TERMS),
]
const OF_ONE_NODE = HELOS.slice(0, -1)
const SIGNED: ReadonlySet<string> = new Set(HELOS.map((helo) => Buffer.from(heloCodec.encode(helo)).toString('hex')))

/** What every HELO that decodes keeps to. */
function checkDecoded(input: Uint8Array, value: Helo, bytesRead: number): void {
  assert(bytesRead <= input.length && bytesRead <= heloCodec.maxSize)
  assert.equal(heloCodec.sizeOf(value), bytesRead)
  assert.equal(Buffer.compare(heloCodec.encode(value), input.subarray(0, bytesRead)), 0, 'encodes to the same octets')
  for (const field of [value.senderAddress, value.publicKey, value.linkKey, value.signature])
    assert.notEqual(field.buffer, input.buffer, 'shares no memory')
}

const helo: FuzzTarget = {
  name: 'helo',
  maxOctets: 1_024,
  seeds: () => HELOS.map((one) => heloCodec.encode(one)),
  feed(input) {
    const decoded = heloCodec.decode(input)
    if (!decoded.ok) {
      assert(decoded.offset <= input.length)
      return `${decoded.fault}-${decoded.fault === 'truncated' ? sizeClass(decoded.offset) : decoded.offset}`
    }
    checkDecoded(input, decoded.value, decoded.bytesRead)
    const { protocol, flags, senderAddressSize } = decoded.value
    const size = sizeClass(senderAddressSize)
    return `ok-${Math.min(protocol, 4)}-${Number(flags.gossip)}${Number(flags.withdrawn)}-${size}`
  },
}

const heloSignature: FuzzTarget = {
  name: 'helo-signature',
  maxOctets: 1_024,
  seeds: () => HELOS.map((one) => heloCodec.encode(one)),
  feed(input) {
    const decoded = heloCodec.decode(input)
    if (!decoded.ok) return decoded.fault
    const fault = checkHelo(decoded.value, NOW)
    if (fault !== null) return fault
    const bytes = input.subarray(0, decoded.bytesRead)
    assert(SIGNED.has(Buffer.from(bytes).toString('hex')), 'only what was signed is believed')
    return 'genuine'
  },
}

const heloText: FuzzTarget = {
  name: 'helo-text',
  maxOctets: MAX_HELO_TEXT_CHARACTERS + 64,
  tokens: ['postern:helo:', 'POSTERN:', ' ', '\r\n', '\t', '=', '+', '/', '-', '_', 'é'].map((text) =>
    Buffer.from(text),
  ),
  seeds: () => HELOS.map((one) => Buffer.from(heloToText(one))),
  feed(input) {
    const text = Buffer.from(input).toString('utf8')
    const decoded = heloFromText(text)
    if (!decoded.ok) return decoded.fault
    assert.equal(heloToText(decoded.value).slice(13), withoutSpace(text).slice(13), 'one HELO has one text')
    return `ok-${Number(withoutSpace(text) !== text)}`
  },
}

const cardText: FuzzTarget = {
  name: 'card-text',
  maxOctets: MAX_CARD_TEXT_CHARACTERS + 64,
  tokens: ['postern:card:', 'postern:helo:', ' ', '\r\n', '\t', '=', '-', '_', 'é'].map((text) => Buffer.from(text)),
  seeds: () => cards().map((text) => Buffer.from(text)),
  feed: (input) => feedCard(Buffer.from(input).toString('utf8')),
}

/** The octets of a card, without the text that would hide them. */
const cardBytes: FuzzTarget = {
  name: 'card-bytes',
  maxOctets: 12_288,
  seeds: () => cards().map((text) => fromBase64url(text.slice('postern:card:'.length))!),
  feed: (input) => feedCard(`postern:card:${toBase64url(input)}`),
}

function cards(): string[] {
  const sixteen = Array.from({ length: 16 }, (_, at) => OF_ONE_NODE[at % OF_ONE_NODE.length]!)
  return [OF_ONE_NODE.slice(0, 1), OF_ONE_NODE, sixteen, HELOS.slice(-1)].map(encodeCard)
}

function feedCard(text: string): string {
  const decoded = decodeCard(text)
  if (!decoded.ok) return decoded.fault
  const { nodeId, helos } = decoded.value
  assert(helos.every(({ senderIdentity }) => senderIdentity === nodeId))
  const again = encodeCard(helos)
  assert.deepEqual(decodeCard(again), decoded, 'a card that decodes can be written again')
  // HELOs of a later version are passed over.
  const isWhole = again.slice(13) === withoutSpace(text).slice(13)
  return `ok-${helos.length}-${isWhole ? 'whole' : 'later-version'}`
}

const messageHeader: FuzzTarget = {
  name: 'message-header',
  maxOctets: 70_000,
  seeds: () => [
    encodeMessage(MESSAGE_TYPE.HELO, new Uint8Array(0)),
    encodeMessage(MESSAGE_TYPE.PING, Uint8Array.of(1, 2, 3)),
    encodeMessage(0xffff as MessageType, new Uint8Array(300).fill(7)),
  ],
  feed(input) {
    const decoded = decodeMessage(input)
    if (!decoded.ok) {
      assert(decoded.offset <= input.length)
      return `${decoded.fault}-${sizeClass(decoded.offset)}`
    }
    const { type, body } = decoded.value
    assert.equal(decoded.bytesRead, input.length)
    if (type === 0) return `type-0-${sizeClass(body.length)}` // decodes, so that core can name it; nobody sends it
    assert.equal(Buffer.compare(encodeMessage(type, body), input), 0)
    return `ok-${sizeClass(body.length)}`
  },
}

const base64url: FuzzTarget = {
  name: 'base64url',
  maxOctets: 512,
  tokens: ['=', '==', '-', '_', '+', '/', ' ', '\n', 'é', '\u{1f600}'].map((text) => Buffer.from(text)),
  seeds: () => [0, 1, 2, 3, 32, 158].map((octets) => Buffer.from(toBase64url(new Uint8Array(octets).fill(0xfb)))),
  feed(input) {
    const text = Buffer.from(input).toString('utf8')
    const bytes = fromBase64url(text)
    const isPlain = /^[A-Za-z0-9_-]*$/.test(text)
    if (bytes === null) return isPlain ? `stray-bits-${text.length % 4}` : 'foreign'
    assert(isPlain)
    assert.equal(toBase64url(bytes), text)
    assert.equal(bytes.length, Math.floor((text.length * 3) / 4))
    return `ok-${text.length % 4}-${sizeClass(bytes.length)}`
  },
}

function withoutSpace(text: string): string {
  return text.replace(/[ \t\r\n]/g, '')
}

export const targets: readonly FuzzTarget[] = [
  helo,
  heloSignature,
  heloText,
  cardText,
  cardBytes,
  messageHeader,
  base64url,
  ...bodyTargets,
]
