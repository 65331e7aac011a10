/**
 * Our own loft: a folder that is looked through again and again. Each file is read, deleted and handed on, in this order: who
 * deletes it has it, so that nothing is handed on twice. What is no message is deleted, too, and counted by reason.
 *
 * Time comes from the clock alone, and a look begins only when the one before it has ended.
 */
import { constants } from 'node:fs'
import { access, mkdir, open, opendir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, errorCode, type Logger, type Timer, TransportError } from '@postern/transport-api'
import { FILE_SUFFIX, MAX_FILE_OCTETS } from './constants.js'

export interface OwnLoftOptions {
  readonly path: string
  /** The configuration section that an error tells the operator to change. */
  readonly section: string
  readonly pollMs: number
  readonly clock: Clock
  readonly log: Logger
  /** The octets of a file, of whatever content, at most MAX_FILE_OCTETS. They are the callee's own. */
  readonly onFile: (file: Uint8Array) => void
  /** A file that could not be taken in. */
  readonly onRefused: (reason: 'oversize' | 'unreadable' | 'not-deleted') => void
}

export class OwnLoft {
  readonly #options: OwnLoftOptions
  /** null: closed. */
  #timer: Timer | null
  #look: Promise<void> = Promise.resolve()
  #isInTrouble = false

  private constructor(options: OwnLoftOptions) {
    this.#options = options
    this.#timer = options.clock.setTimer(() => {
      this.#look = this.#lookThrough()
    }, options.pollMs)
  }

  /** Creates the folder unless it is there, but not the one above it. Rejects with ERR_LISTEN_FAILED. */
  static async open(options: OwnLoftOptions): Promise<OwnLoft> {
    const { path, section } = options
    try {
      await mkdir(path).catch((error: unknown) => {
        if (errorCode(error) !== 'EEXIST') throw error
      })
      await (await opendir(path)).close() // is it a folder?
      await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    } catch (cause) {
      const text = `[${section}] cannot use ${path}: ${errorCode(cause)}: give \`loft\` a folder that can be listed and written to`
      throw new TransportError('ERR_LISTEN_FAILED', text, { cause })
    }
    return new OwnLoft(options)
  }

  /** A file that is being read is still handed on; afterwards nothing is. */
  async close(): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    await this.#look
  }

  async #lookThrough(): Promise<void> {
    const { path, pollMs, log } = this.#options
    try {
      for await (const entry of await opendir(path)) {
        if (this.#timer === null) return
        // A folder, a pipe or a symbolic link of that name is not ours.
        if (entry.isFile() && entry.name.endsWith(FILE_SUFFIX)) await this.#take(join(path, entry.name))
      }
      this.#isInTrouble = false
    } catch (error) {
      if (!this.#isInTrouble) log.warn('pigeon.loft-unreadable', { path, reason: errorCode(error) })
      this.#isInTrouble = true
    }
    this.#timer?.reset(pollMs)
  }

  async #take(path: string): Promise<void> {
    const { onFile, onRefused } = this.#options
    const file = await readWhole(path).catch(() => 'unreadable' as const)
    try {
      await unlink(path)
    } catch (error) {
      // ENOENT: another reader of this folder was faster. Otherwise it would come again at every look: that is what is counted.
      if (errorCode(error) !== 'ENOENT') onRefused('not-deleted')
      return
    }
    if (typeof file === 'string') onRefused(file)
    else onFile(file)
  }
}

/** A file that is too large is not read at all. It cannot become a pipe that blocks us, or a link, since it was listed. */
async function readWhole(path: string): Promise<Uint8Array | 'oversize'> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    const { size } = await handle.stat()
    if (size > MAX_FILE_OCTETS) return 'oversize'
    const file = new Uint8Array(size)
    const { bytesRead } = await handle.read(file, 0, size, 0)
    return file.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
