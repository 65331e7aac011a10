/** What the tests of every driver stand on. */
import { ConfigError, type InitTransport, type TransportEnv } from '@postern/transport-api'
import {
  RecordingCore,
  recordingNode,
  SeededRandom,
  SimNetwork,
  simTransport,
  testMessage,
  VirtualClock,
} from '@postern/transport-testkit'
import { expect, test } from 'vitest'

const clock = new VirtualClock()
const random = new SeededRandom(1)

test('tests/recording-node: the init is given the settings under their name, and what env says instead of the default', async () => {
  const given: TransportEnv[] = []
  const sound = simTransport({ network: new SimNetwork({ clock, random }), address: 'a', style: 'datagram' })
  const init: InitTransport = (core, env) => {
    given.push(env)
    return sound(core, env)
  }
  const { core, transport, helo } = await recordingNode(init, { name: 'mine', settings: { port: 7 }, env: { clock } })
  expect([core, given[0]!.config.name, given[0]!.clock]).toEqual([expect.any(RecordingCore), 'mine', clock])
  expect(given[0]!.config.integer('port', { min: 0, max: 9, fallback: 0 })).toBe(7)
  expect(helo, 'it is not started').toThrow('advertises nothing')
  await transport.startTransportServer()
  expect(helo()).toMatchObject({ senderIdentity: core.myIdentity, protocol: transport.protocolNumber })
  await transport.stopTransportServer()
})

test('tests/recording-node: an init that throws is passed on, one that gives null is an error', async () => {
  const refuse: InitTransport = ({ myIdentity }, { config }) => {
    throw new ConfigError(config.name, 'port', `no ${myIdentity}`)
  }
  await expect(recordingNode(refuse, { name: 'mine' })).rejects.toThrow(ConfigError)
  await expect(recordingNode(() => null, { name: 'mine' })).rejects.toThrow('init gave null')
})

test('tests/test-message: its octets count up to a prime, so that what is cut or shifted shows', () => {
  const { msg, size, isEncrypted, crc } = testMessage(503)
  expect([size, isEncrypted, crc, msg.byteLength]).toEqual([503, false, 7, 503])
  expect([...msg.subarray(249, 253)]).toEqual([249, 250, 0, 1])
})
