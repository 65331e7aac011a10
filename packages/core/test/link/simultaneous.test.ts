import { expect, test } from 'vitest'
import { CHAT, LinkWorld, text } from './link-world.js'

test('4/simultaneous: both begin at once; both handshakes complete, and each side hears the other', async () => {
  const world = new LinkWorld(5)
  const [a, b] = [await world.node({ has: { datagram: 'both' } }), await world.node({ has: { datagram: 'both' } })]
  world.introduce(a, b)
  world.introduce(b, a)
  a.link(b).send(CHAT, text('from a'))
  b.link(a).send(CHAT, text('from b'))
  await world.until(() => a.link(b).state === 'up' && b.link(a).state === 'up')
  expect(b.heard).toEqual(['from a (datagram, early)'])
  expect(a.heard).toEqual(['from b (datagram, early)'])
  await world.pass(1_000)
  a.link(b).send(CHAT, text('again a'))
  b.link(a).send(CHAT, text('again b'))
  await world.until(() => a.heard.length === 2 && b.heard.length === 2)
  await world.pass(3_600_000)
  a.link(b).send(CHAT, text('an hour later'))
  await world.until(() => b.heard.length === 3)
})

test('4/simultaneous: one of two handshakes is hours under way in mail; nothing is lost when it completes', async () => {
  const world = new LinkWorld(6)
  const a = await world.node({ has: { letter: 'both', datagram: 'both' } })
  const b = await world.node({ has: { letter: 'both', datagram: 'both' } })
  const letterOnly = a.core.card()
  world.delay = ({ from }) => (from.endsWith('-letter') ? 3 * 3_600_000 : 0)
  // b knows only the mailbox of a: what it begins goes by mail.
  world.drop = ({ from, to }) =>
    from.startsWith(`${b.name}-datagram`) && to.startsWith(`${a.name}-datagram`) && !isMeeting
  let isMeeting = false
  b.core.addCard(letterOnly)
  b.link(a).send(CHAT, text('by mail'))
  await world.pass(20_000)
  expect(a.heard).toEqual([])
  isMeeting = true
  world.introduce(a, b)
  a.link(b).send(CHAT, text('by datagram'))
  await world.until(() => a.link(b).state === 'up' && b.link(a).state === 'up')
  expect(b.heard.at(-1)).toBe('by datagram (datagram, early)')
  await world.pass(4 * 3_600_000)
  expect(a.heard).toContain('by mail (letter, early)')
  a.link(b).send(CHAT, text('still here'))
  b.link(a).send(CHAT, text('me too'))
  await world.until(() => b.heard.at(-1) === 'still here (datagram)' && a.heard.at(-1) === 'me too (datagram)')
})
