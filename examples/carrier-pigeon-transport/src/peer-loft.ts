/**
 * Somebody else's loft, as a sender sees it: a folder into which files are put, whole or not at all. It is never created, nothing
 * in it is read, and only as much is put there as an owner who is away can find again.
 */
import { opendir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FILE_SUFFIX, MAX_WAITING_FILES, PART_SUFFIX } from './constants.js'

export class PeerLoft {
  readonly path: string
  /** So many files may be put there before what waits is counted again: counting costs as much as there is. */
  #room = 0
  #isInTrouble = false

  constructor(path: string) {
    this.path = path
  }

  /** False: too many files wait there. Rejects with the system's error. `name` is new. */
  async put(name: string, file: Uint8Array): Promise<boolean> {
    if (this.#room <= 0) this.#room = MAX_WAITING_FILES - (await countWaiting(this.path))
    if (this.#room <= 0) return false
    this.#room -= 1
    const part = join(this.path, name + PART_SUFFIX)
    try {
      await writeFile(part, file, { flag: 'wx' })
      // Within one folder a rename is atomic: who looks sees the whole file or none. No fsync: this transport promises nothing.
      await rename(part, join(this.path, name + FILE_SUFFIX))
      return true
    } catch (error) {
      await rm(part, { force: true }).catch(() => {}) // the first error tells more
      throw error
    }
  }

  /** Is it news that a file could, or could not, be put here? A train of files to nowhere is one piece of news. */
  isNews(hasFailed: boolean): boolean {
    const wasInTrouble = this.#isInTrouble
    this.#isInTrouble = hasFailed
    return hasFailed && !wasInTrouble
  }
}

/** Up to MAX_WAITING_FILES, whoever's they are. Listed piece by piece: the folder may be of any size. */
async function countWaiting(path: string): Promise<number> {
  let count = 0
  for await (const { name } of await opendir(path)) {
    if (name.endsWith(FILE_SUFFIX)) count += 1
    if (count >= MAX_WAITING_FILES) break
  }
  return count
}
