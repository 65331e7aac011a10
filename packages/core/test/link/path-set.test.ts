import type { Transport, TSession } from '@postern/transport-api'
import { SeededRandom, VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { Path } from '../../src/link/path.js'
import { PathSet } from '../../src/link/path-set.js'

const ROOM = 8

/** As much of a transport as a path asks of it. */
const transport = {
  cost: 1,
  mtu: 1_000,
  traits: { maxLatencyMs: 10, idleMs: 1_000 },
  disconnect: () => Promise.resolve(),
  send: () => true,
} as unknown as Transport

function path(): Path {
  return new Path({
    carrier: { name: 'fake', transport },
    tsession: { source: new Uint8Array(4) } as unknown as TSession,
    helo: null,
  })
}

function pathSet(): PathSet {
  return new PathSet({
    clock: new VirtualClock(),
    random: new SeededRandom(1),
    policy: () => ({}),
    isInUse: () => false,
    returnMs: () => 0,
    mayAskAgain: () => true,
    isValidated: () => false,
    sendChallenge: () => {},
    keepAlive: () => {},
    onMissed: () => {},
    onQuiet: () => {},
    onEnded: () => {},
    onSwitch: () => {},
  })
}

test('4/paths: those that are closed take no room, however many they are', () => {
  const paths = pathSet()
  for (let count = 0; count <= ROOM; count += 1) {
    const gone = path()
    gone.close()
    paths.add(gone)
  }
  const fresh = path()
  paths.add(fresh)
  expect(fresh.isClosed).toBe(false)
  expect(paths.all).toEqual([fresh])
})

test('4/paths: one that comes when there is no more room pushes out another, and never itself', () => {
  const paths = pathSet()
  const proven = Array.from({ length: ROOM }, path)
  for (const one of proven) {
    paths.add(one)
    paths.prove(one)
  }
  const fresh = path()
  paths.add(fresh)
  expect(fresh.isClosed).toBe(false)
  expect(paths.all).toHaveLength(ROOM)
  expect(proven.filter(({ isClosed }) => isClosed)).toHaveLength(1)
})

test('4/paths: an unproven one is pushed out before any that is proven', () => {
  const paths = pathSet()
  const unproven = path()
  paths.add(unproven)
  const proven = Array.from({ length: ROOM - 1 }, path)
  for (const one of proven) {
    paths.add(one)
    paths.prove(one)
  }
  paths.add(path())
  expect(unproven.isClosed).toBe(true)
  expect(proven.some(({ isClosed }) => isClosed)).toBe(false)
})
