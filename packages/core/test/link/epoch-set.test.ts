import { nodeAead } from '@postern/crypto'
import { VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { Epoch } from '../../src/link/epoch.js'
import { EpochSet } from '../../src/link/epoch-set.js'

function epoch(isOurs: boolean, crossings: readonly object[], index: number): Epoch {
  const one = new Epoch({ aead: nodeAead, secrets: null, ownIndex: index, peerIndex: index, isOurs, begunMs: index })
  one.crossings = new Set(crossings)
  return one
}

function setOf(isLower: boolean): EpochSet {
  const slow = (): { protocols: readonly number[]; maxLatencyMs: number } => ({ protocols: [], maxLatencyMs: 0 })
  return new EpochSet({ clock: new VirtualClock(), isLower, slow, onErased: () => {} })
}

test.each([true, false])(
  '4/crossing: of two that crossed the lower node’s is sent with (ours is lower: %s)',
  (isLower) => {
    const mark = {}
    const [ours, theirs] = [epoch(true, [mark], 1), epoch(false, [mark], 2)]
    const epochs = setOf(isLower)
    for (const one of [ours, theirs]) {
      epochs.add(one)
      epochs.use(one)
    }
    expect(epochs.current).toBe(isLower ? ours : theirs)
  },
)

test('4/crossing: what crossed another one long ago gives way to a new one that crossed yet another', () => {
  const [old, fresh] = [epoch(true, [{}], 1), epoch(false, [{}], 2)]
  const epochs = setOf(true)
  for (const one of [old, fresh]) {
    epochs.add(one)
    epochs.use(one)
  }
  expect(epochs.current).toBe(fresh)
})
