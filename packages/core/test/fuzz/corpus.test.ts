/** What fuzzing found once stays fixed: every saved input of test/corpus, and every seed, goes through its target again. */
import { readdirSync, readFileSync } from 'node:fs'
import { replay } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { targets } from './targets.js'

const folder = new URL('../corpus/', import.meta.url)

test('7/fuzz: every saved input belongs to a target', () => {
  expect(readdirSync(folder).sort()).toEqual(targets.map(({ name }) => name).sort())
})

test.each(targets.map((target) => [target.name, target] as const))('7/fuzz: %s keeps its promises', (name, target) => {
  const place = new URL(`${name}/`, folder)
  const saved = readdirSync(place).map((file) => Buffer.from(readFileSync(new URL(file, place), 'latin1'), 'hex'))
  const { inputs, failures } = replay(target, saved)
  expect(failures).toEqual([])
  expect(saved.length).toBeGreaterThan(0)
  expect(inputs).toBeGreaterThan(saved.length)
})
