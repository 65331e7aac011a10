/** The machine gets another address: core is told, so that peers hear of it. */
import { decodeInetAddress, type InterfaceAddress, WATCH_MS } from '@postern/transport-api'
import { recordingNode, VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test } from 'vitest'
import { readTcpSettings } from '../src/tcp-settings.js'
import { TcpTransport } from '../src/tcp-transport.js'

test('2/moved: a started transport tells that its addresses are others now, and a stopped one no more', async () => {
  const clock = new VirtualClock()
  let host = '198.51.100.7'
  const interfaces = (): InterfaceAddress[] => [{ address: host, cidr: null, family: 'IPv4', internal: false }]
  const { core, transport } = await recordingNode(
    (api, env) => new TcpTransport(api, env, readTcpSettings(env.config, interfaces)),
    { name: 'tcp', settings: { listen: ['0.0.0.0'] }, env: { clock } },
  )
  onTestFinished(() => transport.stopTransportServer())
  const advertised = () => transport.createHELO()?.map((draft) => decodeInetAddress(draft.senderAddress)?.host)
  await transport.startTransportServer()
  expect(advertised()).toEqual([host])
  host = '203.0.113.9'
  await transport.startTransportServer() // idempotent: does not begin anew
  clock.advance(WATCH_MS)
  expect(core.events).toEqual([{ kind: 'advertisement-changed' }])
  expect(advertised()).toEqual([host])
  await transport.stopTransportServer()
  expect(clock.pending).toBe(0)
  host = '198.51.100.7'
  clock.advance(2 * WATCH_MS)
  expect(core.events).toHaveLength(1)
})
