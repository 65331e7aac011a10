/** docs/errors.md against the source of every package: the code is the contract, so each one has a place to be read about. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CORE_ERROR_CODES, CoreError } from '../src/index.js'

const PACKAGES = new URL('../../', import.meta.url)
const DOC = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

interface Entry {
  readonly code: string
  readonly text: string
}

/** The `### ERR_…` entries below each `## @postern/…`. */
const documented = new Map(
  DOC.split(/^## /m)
    .slice(1)
    .map((part): [name: string, entries: Entry[]] => {
      const [head, ...entries] = part.split(/^### /m)
      return [
        head!.split('\n')[0]!.trim(),
        entries.map((entry) => ({ code: entry.split('\n')[0]!.trim(), text: entry })),
      ]
    }),
)

/** The codes in each package's errors.ts. */
const written = new Map(
  readdirSync(PACKAGES)
    .map((folder) => [`@postern/${folder}`, new URL(`${folder}/src/errors.ts`, PACKAGES)] as const)
    .filter(([, file]) => existsSync(file))
    .map(([name, file]) => [
      name,
      [...readFileSync(file, 'utf8').matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code]) => code!),
    ]),
)

describe('6/errors', () => {
  test('docs/errors.md has a part for every package with codes of its own, and for no other', () => {
    expect([...documented.keys()].sort()).toEqual([...written.keys()].sort())
  })

  test.each([...written])('the codes of %s and the headings below it are the same', (name, codes) => {
    const headings = documented.get(name)?.map(({ code }) => code) ?? []
    expect(headings.toSorted()).toEqual([...new Set(codes)].sort())
    expect(headings, 'no heading twice').toHaveLength(new Set(headings).size)
  })

  test.each([...documented.values()].flat())('$code says when it happens and what to do', ({ text }) => {
    expect(text).toMatch(/^- When: \S.{10,}/m)
    expect(text).toMatch(/^- What to do: \S.{10,}/m)
  })

  test('codes are unique and sorted, and an error has its code, message and cause', () => {
    expect([...new Set(CORE_ERROR_CODES)].sort()).toEqual(CORE_ERROR_CODES)
    const cause = new Error('below')
    expect(new CoreError('ERR_CLOSED', 'closed', { cause })).toMatchObject({
      name: 'CoreError',
      code: 'ERR_CLOSED',
      message: 'closed',
      cause,
    })
  })
})
