import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'

const text = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8')

test('the program of the README is the one that is compiled and run here', () => {
  const program = text('./readme-program.ts').replace('../src/index.js', 'postern-transport-pigeon')
  const block = /```ts\n([\s\S]*?)```/.exec(text('../README.md'))?.[1]
  expect(block).toBe(program)
})

test('it prints what bob says', async () => {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  try {
    await import('./readme-program.js')
    await vi.waitFor(() => expect(printed).toHaveBeenCalledWith(expect.any(String), 'says', 'hello to you'), 10_000)
  } finally {
    printed.mockRestore()
  }
})
