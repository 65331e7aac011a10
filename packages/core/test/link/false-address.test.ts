import { encodeCard, protocolNumber, signHelo } from '@postern/helo'
import { expect, test } from 'vitest'
import { importIdentity } from '../../src/index.js'
import { CHAT, LinkWorld, text } from './link-world.js'

test('8/HELO with a victim’s address: its owner cannot turn our data on somebody else, whatever he answers by another way', async () => {
  const world = new LinkWorld(41)
  const a = await world.node({ has: { datagram: 'both', stream: 'both' } })
  const b = await world.node({ has: { stream: 'both' } })
  let atVictim = 0
  world.network.attach('victim', {
    deliver: () => {
      atVictim += 1
    },
  })
  // b signs that it could be reached by datagrams there, and answers by stream.
  const identity = world.identityOf(b)
  const { helos } = world.helosOf(b)
  const [real] = helos as [(typeof helos)[number]]
  const lie = signHelo(
    importIdentity(identity),
    real.linkKey,
    { protocol: protocolNumber(0xf001), mtu: 1_400, senderAddressSize: 6, senderAddress: text('victim') },
    { maxLatencyMs: 3_000, gossip: false, withdrawn: false, sequence: real.sequence + 1, expiration: real.expiration },
  )
  a.core.addCard(encodeCard([lie, real]))
  for (let count = 0; count < 100; count += 1) a.link(b).send(CHAT, text(`data ${count}`))
  await world.until(() => b.heard.length > 0)
  for (let count = 0; count < 100; count += 1) a.link(b).send(CHAT, text(`more ${count}`))
  await world.pass(30_000)
  expect(b.heard.at(-1)).toBe('more 99 (stream)')
  expect(atVictim).toBeLessThanOrEqual(6) // three first messages, three challenges
})
