import { checkHelo, decodeCard, type Helo, PROTOCOL } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { type Core, createIdentity } from '../src/index.js'
import { type Behaviour, draftOf, fakeTransport } from './fake-transport.js'
import { type World, worldOf } from './world.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

function helosOf(card: string): readonly Helo[] {
  const decoded = decodeCard(card)
  if (!decoded.ok) throw new Error(decoded.fault)
  return decoded.value.helos
}

/** A core whose transports, numbered from 40000, draft this. */
function drafting(...behaviours: Behaviour[]): Promise<World> {
  const transports = behaviours.map((behaviour, at) => {
    const { init } = fakeTransport({ number: 40_000 + at, ...behaviour })
    return [`t${at}`, { init }] as const
  })
  return worldOf(Object.fromEntries(transports))
}

const addresses =
  (...list: number[]) =>
  () =>
    list.map((address) => draftOf(address))
const addressesIn = (core: Core): number[] => helosOf(core.card()).map(({ senderAddress }) => senderAddress[0]!)

describe('3/card', () => {
  test('every address of every running transport is in it, signed by us, of one link key', async () => {
    const { core, clock } = await drafting(
      { createHELO: addresses(1, 2) },
      { createHELO: () => [draftOf(3, 40_001)], maxLatencyMs: 7 },
    )
    const helos = helosOf(core.card())
    expect(helos.map(({ protocol, senderAddress }) => [protocol, senderAddress[0]])).toEqual([
      [40_000, 1],
      [40_001, 3],
      [40_000, 2],
    ])
    expect(helos.map(({ maxLatencyMs }) => maxLatencyMs)).toEqual([1000, 7, 1000])
    for (const helo of helos) {
      expect(helo.senderIdentity).toBe(core.nodeId)
      expect(checkHelo(helo, clock.now())).toBeNull()
    }
  })

  test('when nobody can reach us it is one address-less HELO that binds the link key', async () => {
    const { core, clock } = await drafting({ createHELO: () => null }, { createHELO: () => [] })
    const helos = helosOf(core.card())
    expect(helos).toHaveLength(1)
    expect(helos[0]).toMatchObject({ protocol: PROTOCOL.NONE, mtu: 0, senderAddressSize: 0 })
    expect(checkHelo(helos[0]!, clock.now())).toBeNull()
    expect(helosOf(core.card())[0]!.linkKey).toEqual(helos[0]!.linkKey)
  })

  test('fast addresses are valid for 12 hours and may be gossiped, slow ones for 90 days and may not', async () => {
    const { core, clock } = await drafting(
      { createHELO: addresses(1), maxLatencyMs: MINUTE_MS },
      { createHELO: () => [draftOf(2, 40_001)], maxLatencyMs: MINUTE_MS + 1 },
    )
    const [fast, slow] = helosOf(core.card())
    expect(fast).toMatchObject({ expiration: clock.now() + 12 * HOUR_MS, flags: { gossip: true, withdrawn: false } })
    expect(slow).toMatchObject({ expiration: clock.now() + 90 * DAY_MS, flags: { gossip: false, withdrawn: false } })
  })

  test('validMs is for all addresses alike, up to 180 days', async () => {
    const { core, clock } = await drafting({ createHELO: addresses(1) })
    for (const validMs of [1, 180 * DAY_MS]) {
      const [helo] = helosOf(core.card({ validMs }))
      expect(helo!.expiration).toBe(clock.now() + validMs)
      expect(checkHelo(helo!, clock.now())).toBeNull()
    }
  })

  test.each([0, -1, 1.5, Number.NaN, 180 * DAY_MS + 1])('validMs %d is refused', async (validMs) => {
    const { core } = await drafting({})
    expect(() => core.card({ validMs })).toThrow(
      expect.objectContaining({
        code: 'ERR_VALIDITY',
        message: `validMs ${validMs} is not a whole number from 1 to ${180 * DAY_MS}`,
      }),
    )
  })

  test('the sequence rises with every card, even when the clock stands still, and is Unix time at first', async () => {
    const { core, clock } = await drafting({ createHELO: addresses(1) })
    const sequence = (): number => helosOf(core.card())[0]!.sequence
    expect([sequence(), sequence(), sequence()]).toEqual([clock.now(), clock.now() + 1, clock.now() + 2])
    clock.advance(1000)
    expect(sequence()).toBe(clock.now())
  })

  test('a peer keeps 16 addresses of us: no transport crowds out the others', async () => {
    const many = Array.from({ length: 40 }, (_, at) => at)
    const { core } = await drafting({ createHELO: addresses(...many) }, { createHELO: () => [draftOf(99, 40_001)] })
    expect(addressesIn(core)).toEqual([0, 99, ...many.slice(1, 15)])
  })

  test('a disabled transport is not asked', async () => {
    const { core } = await drafting({ createHELO: addresses(1), start: () => Promise.reject(new Error('no')) })
    expect(helosOf(core.card()).map(({ protocol }) => protocol)).toEqual([PROTOCOL.NONE])
  })
})

describe('3/card from a transport that drafts nonsense', () => {
  test.each<[string, unknown, string]>([
    ['throws', new Error('no idea'), 'no idea'],
    ['returns no list', 7, 'expected a list of drafts or null'],
    ['returns nothing', undefined, 'expected a list of drafts or null'],
    ['returns a promise', Promise.resolve([]), 'expected a list of drafts or null'],
    ['drafts null', [null], 'a draft was left out: it is no object'],
    ['drafts for another protocol', [draftOf(1, 7)], 'a draft was left out: protocol is 7, expected 40000'],
    ['drafts an mtu of 0', [{ ...draftOf(1), mtu: 0 }], 'a draft was left out: mtu is 0, expected 1 to 1048576 octets'],
    [
      'drafts a size that is not the address',
      [{ ...draftOf(1), senderAddressSize: 2 }],
      'a draft was left out: senderAddressSize is 2, expected 1',
    ],
    [
      'drafts a text as address',
      [{ ...draftOf(1), senderAddress: 'here' }],
      'a draft was left out: senderAddress is no Uint8Array',
    ],
    [
      'drafts an empty address',
      [{ ...draftOf(1), senderAddress: new Uint8Array(0), senderAddressSize: 0 }],
      'a draft was left out: senderAddress has 0 octets, expected 1 to 512',
    ],
    [
      'drafts an address of 513 octets',
      [{ ...draftOf(1), senderAddress: new Uint8Array(513), senderAddressSize: 513 }],
      'a draft was left out: senderAddress has 513 octets, expected 1 to 512',
    ],
  ])('one that %s is told about, left out, and runs on', async (_, drafted, message) => {
    const createHELO = (): unknown => {
      if (drafted instanceof Error) throw drafted
      return drafted
    }
    const { core, events, log } = await drafting({ createHELO }, { createHELO: () => [draftOf(9, 40_001)] })
    expect(addressesIn(core)).toEqual([9])
    expect(events).toEqual([{ kind: 'transport-error', transport: 't0', member: 'createHELO', message }])
    expect(log).toContainEqual(['error transport.bad-helo', { transport: 't0', error: message }])
    expect(core.transports[0]!.state).toBe('running')
  })

  test('a good draft beside a bad one is kept', async () => {
    const { core } = await drafting({ createHELO: () => [{ ...draftOf(1), mtu: 'big' }, draftOf(2)] })
    expect(addressesIn(core)).toEqual([2])
  })
})

test('3/identity: the card is of the identity that was given', async () => {
  const identity = createIdentity()
  const { core } = await worldOf({}, { identity })
  expect(core.nodeId).toBe(identity.nodeId)
  expect(helosOf(core.card())[0]!.senderIdentity).toBe(identity.nodeId)
})
