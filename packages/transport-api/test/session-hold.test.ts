import { createIdentity, createLinkKey } from '@postern/crypto'
import { type Helo, signHelo } from '@postern/helo'
import { VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { CONTRACT_VERSION, ConfigSection, holdSession, silentLog, systemRandom } from '../src/index.js'
import { FakeNetwork, type FakeTransport } from './fake-transport.js'

async function dialler(): Promise<{ readonly transport: FakeTransport; readonly helo: Helo }> {
  const network = new FakeNetwork()
  const env = { clock: new VirtualClock(), random: systemRandom, log: silentLog }
  const identity = createIdentity()
  const core = { version: CONTRACT_VERSION, myIdentity: identity.nodeId, receive: () => {}, event: () => {} }
  await network.init(core, { ...env, config: new ConfigSection('fake', { addresses: ['7'] }) })
  const transport = network.transports[0]!
  await transport.startTransportServer()
  const terms = { maxLatencyMs: 1000, gossip: false, withdrawn: false, sequence: 1, expiration: 2 }
  const helo = signHelo(identity, createLinkKey().publicKey, transport.createHELO()![0]!, terms)
  return { transport, helo }
}

test('2.2/holds: leaving the block gives the hold back', async () => {
  const { transport, helo } = await dialler()
  {
    await using hold = await holdSession(transport, helo)
    expect(transport.associate(hold.tsession)).toBe(true)
    await transport.disconnect(hold.tsession)
    expect(transport.table.size).toBe(2)
  }
  expect(transport.table.size).toBe(0)
})

test('2.2/holds: leaving the block by a throw gives the hold back, too', async () => {
  const { transport, helo } = await dialler()
  const work = async (): Promise<void> => {
    await using hold = await holdSession(transport, helo)
    throw new Error(`while holding a session of ${hold.tsession.ttype}`)
  }
  await expect(work()).rejects.toThrow('while holding a session of 40000')
  expect(transport.table.size).toBe(0)
})

test('2.2/holds: a hold is given back once, however often it is disposed of', async () => {
  const { transport, helo } = await dialler()
  const hold = await holdSession(transport, helo)
  await hold[Symbol.asyncDispose]()
  await expect(hold[Symbol.asyncDispose]()).resolves.toBeUndefined()
})

test('2.2/holds: it rejects as connect does, and hands the signal on', async () => {
  const { transport, helo } = await dialler()
  const nobody = { ...helo, senderAddress: Uint8Array.of(8) }
  await expect(holdSession(transport, nobody)).rejects.toMatchObject({ code: 'ERR_CONNECT_REFUSED' })
  await expect(holdSession(transport, helo, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ERR_ABORTED',
  })
})
