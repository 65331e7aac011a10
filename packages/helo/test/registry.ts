/** The tables of PROTOCOL-NUMBERS.md as cells of text, so that tests hold the constants against them. */
import { readFileSync } from 'node:fs'

const NUMBERS = readFileSync(new URL('../../../PROTOCOL-NUMBERS.md', import.meta.url), 'utf8')

/** The rows of the table under `heading`, without its head. */
export function registry(heading: string): string[][] {
  const section = NUMBERS.split(/^## /m).find((text) => text.startsWith(heading))
  if (section === undefined) throw new Error(`PROTOCOL-NUMBERS.md has no section "${heading}"`)
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}
