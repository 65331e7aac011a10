// Saved inputs of fuzzing: packages/NAME/test/corpus/TARGET/HASH.hex, one input a file, in hex, because git would take an input
// with line ends for text. HASH: the first 16 hex digits of the input's SHA-256.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { root } from './workspace.mjs'

/** Discoveries kept for one target, and the octets of each: a corpus is for people to look at, too. */
const MAX_SAVED = 64
const MAX_SAVED_OCTETS = 4_096

export function corpusFolder(packageFolder, target) {
  return `${root}${packageFolder}/test/corpus/${target}`
}

/** The saved inputs, in the order of their names. */
export function readCorpus(packageFolder, target) {
  const folder = corpusFolder(packageFolder, target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.hex'))
    .sort()
    .map((name) => new Uint8Array(Buffer.from(readFileSync(`${folder}/${name}`, 'latin1').trim(), 'hex')))
}

/** Gives the path below the root. */
export function saveInput(packageFolder, target, input) {
  const folder = corpusFolder(packageFolder, target)
  mkdirSync(folder, { recursive: true })
  const path = `${folder}/${createHash('sha256').update(input).digest('hex').slice(0, 16)}.hex`
  writeFileSync(path, `${Buffer.from(input).toString('hex')}\n`)
  return path.slice(root.length)
}

/** Saves the inputs that are small enough, while there is room; gives their number. */
export function saveDiscoveries(packageFolder, target, inputs) {
  const room = Math.max(MAX_SAVED - readCorpus(packageFolder, target).length, 0)
  const chosen = inputs.filter(({ length }) => length <= MAX_SAVED_OCTETS).slice(0, room)
  for (const input of chosen) saveInput(packageFolder, target, input)
  return chosen.length
}
