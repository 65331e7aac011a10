import { expect, test } from 'vitest'
import { Turns } from '../src/index.js'

test('2/start and stop: turns run one after the other, whatever came of the last', async () => {
  const turns = new Turns()
  const seen: string[] = []
  const work = (name: string, outcome: () => void) => async () => {
    seen.push(`${name} begins`)
    await Promise.resolve()
    seen.push(`${name} ends`)
    outcome()
  }
  const failing = turns.take(
    work('start', () => {
      throw new Error('in use')
    }),
  )
  const next = turns.take(work('stop', () => {}))
  await expect(failing).rejects.toThrow('in use')
  await next
  expect(seen).toEqual(['start begins', 'start ends', 'stop begins', 'stop ends'])
})
