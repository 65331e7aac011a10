/** The program of `npm run chaos`, in small: it runs, ends by itself, leaves nothing behind, and can fail. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bundleProgram } from 'postern-stage/bundle-program'
import { describe, expect, test } from 'vitest'

const LIMIT_MS = 60_000

interface Outcome {
  readonly code: number | string | null | undefined
  readonly stdout: string
}

function run(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: LIMIT_MS }, (error, stdout) =>
      resolve({ code: error === null ? 0 : error.code, stdout }),
    )
  })
}

describe.concurrent('4/chaos: the program', () => {
  test('ends by itself after its time, says what came of it, and writes the record', async (t) => {
    const { path, remove } = await bundleProgram(new URL('../../', import.meta.url), 'chaos')
    t.onTestFinished(remove)
    const out = join(dirname(path), 'record.json')
    const { code, stdout } = await run(path, ['--seconds', '5', '--nodes', '3', '--every', '200', '--out', out])
    expect(code, stdout).toBe(0)
    expect(stdout).toMatch(/^messages +\d+ sent/m)
    expect(stdout).toMatch(/^No link was lost that had a way\.$/m)
    expect(stdout).not.toContain('\u001b') // no colours where nobody looks
    const record = JSON.parse(await readFile(out, 'utf8'))
    expect([record.options.nodes, record.pairs.length, Object.keys(record.streams).length]).toEqual([3, 3, 6])
  })

  test('fails when a pair with a way does not hear each other in time', async (t) => {
    const { path, remove } = await bundleProgram(new URL('../../', import.meta.url), 'chaos')
    t.onTestFinished(remove)
    // A word every minute cannot be heard every second.
    const { code, stdout } = await run(path, [
      '--seconds',
      '5',
      '--nodes',
      '2',
      '--every',
      '60000',
      '--fast-grace',
      '1',
    ])
    expect(code, stdout).toBe(1)
    expect(stdout).toMatch(/LOST n0 and n1/)
    expect(stdout).toMatch(/times a link was lost that had a way: n0 and n1 \d/)
  })

  test('refuses what it cannot do, with what it could', async (t) => {
    const { path, remove } = await bundleProgram(new URL('../../', import.meta.url), 'chaos')
    t.onTestFinished(remove)
    for (const args of [
      ['--nodes', '1'],
      ['--seconds', 'ten'],
      ['--speed', '3'],
    ]) {
      const { code, stdout } = await run(path, args)
      expect(code).toBe(2)
      expect(stdout).toContain('--nodes       2 to 20')
    }
  })
})
