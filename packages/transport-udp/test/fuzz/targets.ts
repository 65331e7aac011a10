/** What this package makes of bytes and text from outside, for `npm run fuzz`. */
import assert from 'node:assert/strict'
import { ConfigError, ConfigSection, type Message } from '@postern/transport-api'
import { type FuzzTarget, sizeClass } from '@postern/transport-testkit'
import { DATAGRAM_HEADER_OCTETS, IPV4_DATAGRAM_OCTETS } from '../../src/constants.js'
import { datagramFault, isSentBy, messageOf, newDatagram, senderOf, writeDatagram } from '../../src/datagram.js'
import { readUdpSettings } from '../../src/udp-settings.js'

const SENDER = Uint8Array.from({ length: 32 }, (_, at) => at)

function encode(sender: Uint8Array, message: Message): Uint8Array {
  const room = newDatagram(sender)
  return room.subarray(0, writeDatagram(room, message))
}

const datagram: FuzzTarget = {
  name: 'datagram',
  maxOctets: IPV4_DATAGRAM_OCTETS + 64,
  seeds: () =>
    [0, 1, 300, IPV4_DATAGRAM_OCTETS - DATAGRAM_HEADER_OCTETS].map((size, at) =>
      encode(SENDER, { msg: new Uint8Array(size).fill(at), size, isEncrypted: at % 2 === 1, crc: at * 0x5555_5555 }),
    ),
  feed(input) {
    const fault = datagramFault(input)
    if (fault !== null) return `${fault}-${sizeClass(input.length)}`
    const received = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
    const message = messageOf(received)
    const sender = senderOf(received)
    assert.equal(message.size, message.msg.byteLength)
    assert.equal(message.size, input.length - DATAGRAM_HEADER_OCTETS)
    assert(isSentBy(received, sender))
    assert.equal(isSentBy(received, SENDER), Buffer.compare(sender, SENDER) === 0)
    assert.equal(Buffer.compare(encode(sender, message), input), 0, 'encodes to the same octets')
    return `ok-${Number(message.isEncrypted)}-${sizeClass(message.size)}`
  },
}

const udpSettings: FuzzTarget = {
  name: 'udp-settings',
  maxOctets: 512,
  tokens: [
    ...['"port":', '"listen":', '"advertise":', '"datagramOctets":', '"cost":', '"idleMs":', '"maxUnheldSessions":'],
    ...['"127.0.0.1"', '"::"', 'null', 'true', '[]', '{}', '-1', '0.5', '1e99', '1472', '548', '"'],
  ].map((text) => Buffer.from(text)),
  seeds: () =>
    [
      {},
      { port: 2_086, listen: '0.0.0.0', advertise: 'none', datagramOctets: 1_472, cost: 0 },
      { listen: ['192.0.2.1', '2001:db8::1'], advertise: '192.0.2.7:4001', idleMs: 30_000, maxUnheldSessions: 4_096 },
    ].map((values) => Buffer.from(JSON.stringify(values))),
  feed(input) {
    const values = parseObject(Buffer.from(input).toString('utf8'))
    if (values === null) return 'not-json'
    try {
      const { mtuOf, cost, idleMs, maxUnheldSessions } = readUdpSettings(new ConfigSection('udp', values))
      for (const number of [mtuOf(4), mtuOf(6), cost, idleMs, maxUnheldSessions])
        assert(Number.isSafeInteger(number) && number >= 0)
      return `ok-${Object.keys(values).length}`
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return `refused-${KEYS.find((key) => key === error.key) ?? 'unknown'}`
    }
  },
}

const KEYS = 'port listen advertise allow deny datagramOctets cost idleMs maxUnheldSessions'.split(' ')

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

export const targets: readonly FuzzTarget[] = [datagram, udpSettings]
