import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { processSampler } from '../src/latency/cold.js'
import { coldSample } from '../src/latency/cold-child.js'
import { coldArguments, readColdAnswer } from '../src/latency/cold-protocol.js'

const ORDER = { contestant: 'udp raw', octets: 11, messages: 10 }
const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

function child(name: string, body: string): string {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, body)
  return file
}

test.each(['udp ours', 'tcp ours', 'udp raw', 'tcp raw'])(
  'a child measures %s and answers in one line',
  async (contestant) => {
    let answer = ''
    const print = (text: string): void => {
      answer += text
    }
    const [, ...values] = coldArguments({ ...ORDER, contestant })
    expect(await coldSample(values, print)).toBe(0)
    expect(readColdAnswer(answer)).toBeGreaterThan(0)
    expect(answer.trimEnd()).not.toContain('\n')
  },
)

test('the child is told contestant, octets and messages', async () => {
  const echo = child('echo', 'console.log(JSON.stringify({ totalMs: process.argv.slice(2).join().length }))')
  expect(await processSampler(echo)(ORDER)).toBe('cold-sample,udp raw,11,10'.length)
})

test('a child that fails, lies or hangs is an error that says which', async () => {
  const failing = child('failing', 'console.error("no socket for us"); process.exit(1)')
  await expect(processSampler(failing)(ORDER)).rejects.toThrow('udp raw, 11 octets, cold: no socket for us')
  const lying = child('lying', 'console.log("fast")')
  await expect(processSampler(lying)(ORDER)).rejects.toThrow('cold: the child process answered nonsense')
  const hanging = child('hanging', 'setInterval(() => {}, 1000)')
  await expect(processSampler(hanging, 200)(ORDER)).rejects.toThrow('cold: no answer within 200 ms')
})

test.each(['', 'null', '{}', '{"totalMs":"1"}', '{"totalMs":0}', '{"totalMs":null}'])('%j is no answer', (text) => {
  expect(readColdAnswer(text)).toBeNull()
})
