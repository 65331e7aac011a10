/** Links in processes of their own: what is asked, what is answered. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { coldTaker } from '../src/link/measure.js'
import { linkSample } from '../src/link/sample-child.js'
import { readSampleAnswer, sampleArguments } from '../src/link/sample-protocol.js'
import type { Trial } from '../src/link/trial.js'

const ORDER = { door: 'tcp', trial: 'ready', runs: 1 } as const
const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

function child(name: string, body: string): string {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, body)
  return file
}

test.each<[Trial, string[]]>([
  ['early', ['early', 'since-start']],
  ['ready', ['first-byte', 'ready', 'since-start']],
  ['raw', ['one-way', 'round-trip', 'since-start']],
])('a child makes %s as often as asked and answers in one line', async (trial, measures) => {
  let answer = ''
  const [, ...values] = sampleArguments({ door: 'udp', trial, runs: 2 })
  const code = await linkSample(values, (text) => {
    answer += text
  })
  expect(code).toBe(0)
  expect(answer.trimEnd()).not.toContain('\n')
  const { samples } = readSampleAnswer(answer, 2)!
  for (const sample of samples) {
    expect(Object.keys(sample).sort()).toEqual(measures)
    for (const ms of Object.values(sample)) expect(ms).toBeGreaterThan(0)
  }
})

test('the child is told transport, trial and runs', async () => {
  const told = '{ n: process.argv.slice(2).join().length }'
  const echo = child('echo', `console.log(JSON.stringify({ samples: [${told}] }))`)
  expect(await coldTaker(echo)(ORDER)).toEqual({ n: 'link-sample,tcp,ready,1'.length })
})

test('a child that fails, lies or hangs is an error that says which', async () => {
  const failing = child('failing', 'console.error("no socket for us"); process.exit(1)')
  await expect(coldTaker(failing)(ORDER)).rejects.toThrow('tcp ready, cold: no socket for us')
  const lying = child('lying', 'console.log("fast")')
  await expect(coldTaker(lying)(ORDER)).rejects.toThrow('cold: the child process answered nonsense')
  const hanging = child('hanging', 'setInterval(() => {}, 1000)')
  await expect(coldTaker(hanging, 200)(ORDER)).rejects.toThrow('cold: no answer within 200 ms')
})

test.each([
  '',
  'null',
  '{}',
  '{"samples":[]}',
  '{"samples":[{"a":1},{}]}',
  '{"samples":[{"a":"1"}]}',
  '{"samples":[null]}',
])('%j is no answer to one run', (text) => {
  expect(readSampleAnswer(text, 1)).toBeNull()
})
