/** Where a result goes: a table for people, or JSON or CSV for programs, on the terminal or in a file. */
import { access, constants, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UsageError } from './usage-error.js'

/** A path, or true for the terminal; undefined: not asked for. */
export type Destination = string | true | undefined

export interface Destinations {
  readonly json: Destination
  readonly csv?: Destination
}

export interface Rendered {
  readonly table: string
  readonly json: string
  readonly csv?: string
}

/** To be called before anything is measured. Throws UsageError for what could not be written afterwards. */
export async function checkDestinations({ json, csv }: Destinations): Promise<void> {
  if (json === true && csv === true)
    throw new UsageError('--json, --csv: only one of them can go to the terminal; give the other a file')
  await checkFile('--json', json)
  await checkFile('--csv', csv)
}

/** The terminal gets the table unless it gets JSON or CSV. */
export async function deliver(
  rendered: Rendered,
  { json, csv }: Destinations,
  print: (text: string) => void,
): Promise<void> {
  if (typeof json === 'string') await writeFile(json, rendered.json)
  if (typeof csv === 'string') await writeFile(csv, rendered.csv ?? '')
  if (json === true) print(rendered.json)
  else if (csv === true) print(rendered.csv ?? '')
  else print(rendered.table)
}

async function checkFile(option: string, file: Destination): Promise<void> {
  if (typeof file !== 'string') return
  const present = await stat(file).catch(() => null)
  if (present?.isDirectory()) throw new UsageError(`${option}: ${file} is a folder; a file is expected`)
  try {
    await access(present === null ? dirname(file) : file, constants.W_OK)
  } catch {
    throw new UsageError(`${option}: ${file} cannot be written; a file in an existing folder is expected`)
  }
}
