/**
 * A spool that outlives kill -9 and loss of power: a mail is written beside its place, synced, renamed into it, and the directory
 * synced, before anybody hears that it was accepted. A mail that was delivered may come back after a crash, none gets lost.
 *
 *   <spool>/<id>.mail   waits            <spool>/bad/      damaged
 *   <spool>/<id>.tmp    was being written   <spool>/failed/   given up
 *   <spool>/lock        whose it is
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { errorCode, type Logger } from '@postern/transport-api'
import type { Spool, SpooledMail } from './spool.js'
import { decodeSpoolFile, decodeSpoolHeader, encodeSpoolFile, MAX_SPOOL_HEADER_OCTETS } from './spool-file.js'
import { lockSpool, type SpoolLock } from './spool-lock.js'

export interface DiskSpoolOptions {
  /** Of the configuration, for errors. */
  readonly section: string
  readonly directory: string
  /** Mails kept in `bad/` and in `failed/`, each. */
  readonly maxSetAside: number
  /** Mails not read back for their first delivery. */
  readonly maxFreshOctets: number
  readonly log: Logger
  readonly onDamaged: () => void
}

type Aside = 'bad' | 'failed'

const MAIL_FILE = /^([0-9a-z-]{1,64})\.mail$/
/** Files looked at together when an earlier run's are read. */
const SCAN_WIDTH = 32

export class DiskSpool implements Spool {
  readonly #options: DiskSpoolOptions
  readonly #fresh = new Map<string, Buffer>()
  #freshOctets = 0
  #directory: FileHandle | null = null
  #lock: SpoolLock | null = null
  #syncing: Promise<void> = Promise.resolve()
  #nextSync: Promise<void> | null = null

  constructor(options: DiskSpoolOptions) {
    this.#options = options
  }

  async open(): Promise<readonly SpooledMail[]> {
    const { section, directory } = this.#options
    await makeDirectory(directory)
    this.#lock = await lockSpool(section, directory)
    await mkdir(join(directory, 'bad'), { recursive: true, mode: 0o700 })
    await mkdir(join(directory, 'failed'), { recursive: true, mode: 0o700 })
    this.#directory = await open(directory, 'r')
    await this.#directory.sync()
    const names = (await readdir(directory)).sort()
    for (const name of names) if (name.endsWith('.tmp')) await this.#discard(name)
    const ids = names.flatMap((name) => MAIL_FILE.exec(name)?.[1] ?? [])
    const mails: SpooledMail[] = []
    for (let at = 0; at < ids.length; at += SCAN_WIDTH) {
      const found = await Promise.all(ids.slice(at, at + SCAN_WIDTH).map((id) => this.#examine(id)))
      mails.push(...found.filter((mail) => mail !== null))
    }
    return mails
  }

  async store(mail: SpooledMail, raw: Buffer): Promise<void> {
    const temporary = join(this.#options.directory, `${mail.id}.tmp`)
    try {
      const file = await open(temporary, 'wx', 0o600)
      try {
        await file.writeFile(encodeSpoolFile(mail, raw))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, this.#path(mail))
      await this.#syncDirectory()
    } catch (error) {
      await unlink(temporary).catch(() => {})
      await unlink(this.#path(mail)).catch(() => {})
      throw error
    }
    if (this.#freshOctets + raw.length > this.#options.maxFreshOctets) return
    this.#freshOctets += raw.length
    this.#fresh.set(mail.id, raw)
  }

  async read(mail: SpooledMail): Promise<Buffer | null> {
    const fresh = this.#fresh.get(mail.id)
    if (fresh !== undefined) return fresh
    try {
      const raw = decodeSpoolFile(mail.id, await readFile(this.#path(mail)))
      if (raw === null) await this.#damaged(mail.id)
      return raw
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
      // The operator took it away.
      this.#options.log.warn('relay.spool-missing', { id: mail.id })
      this.#options.onDamaged()
      return null
    }
  }

  async remove(mail: SpooledMail): Promise<void> {
    this.#forget(mail)
    await unlink(this.#path(mail))
  }

  async giveUp(mail: SpooledMail): Promise<void> {
    this.#forget(mail)
    await this.#setAside('failed', mail.id)
  }

  async close(): Promise<void> {
    this.#fresh.clear()
    this.#freshOctets = 0
    const directory = this.#directory
    this.#directory = null
    await this.#syncing.catch(() => {})
    await directory?.close()
    await this.#lock?.release()
  }

  /** Of a mail that nobody was told is accepted. */
  async #discard(name: string): Promise<void> {
    try {
      await unlink(join(this.#options.directory, name))
    } catch (error) {
      this.#odd(name, error)
    }
  }

  /** One entry that cannot be read must not keep the others waiting. */
  async #examine(id: string): Promise<SpooledMail | null> {
    try {
      return await this.#look(id)
    } catch (error) {
      this.#odd(`${id}.mail`, error)
      return null
    }
  }

  /** It stays where it is, for the operator to look at. */
  #odd(name: string, error: unknown): void {
    this.#options.log.warn('relay.spool-odd', { name, reason: errorCode(error) })
    this.#options.onDamaged()
  }

  /** null: damaged, and set aside. The mail itself is checked when it is read. */
  async #look(id: string): Promise<SpooledMail | null> {
    const file = await open(join(this.#options.directory, `${id}.mail`), 'r')
    let header: ReturnType<typeof decodeSpoolHeader>
    try {
      const head = Buffer.alloc(MAX_SPOOL_HEADER_OCTETS)
      const { bytesRead } = await file.read(head, 0, head.length, 0)
      header = decodeSpoolHeader(id, head.subarray(0, bytesRead))
      if (header !== null && (await file.stat()).size !== header.headerOctets + header.mail.octets) header = null
    } finally {
      await file.close()
    }
    if (header === null) await this.#damaged(id)
    return header?.mail ?? null
  }

  async #damaged(id: string): Promise<void> {
    await this.#setAside('bad', id)
    this.#options.log.warn('relay.spool-damaged', { id })
    this.#options.onDamaged()
  }

  async #setAside(where: Aside, id: string): Promise<void> {
    const folder = join(this.#options.directory, where)
    await rename(join(this.#options.directory, `${id}.mail`), join(folder, `${id}.mail`))
    const names = (await readdir(folder)).sort()
    for (const name of names.slice(0, Math.max(0, names.length - this.#options.maxSetAside))) {
      await unlink(join(folder, name)).catch((error: unknown) =>
        this.#options.log.warn('relay.spool-not-trimmed', { name, reason: errorCode(error) }),
      )
    }
  }

  /** One sync serves everybody who waits for it: it must have begun after their rename. */
  #syncDirectory(): Promise<void> {
    this.#nextSync ??= this.#syncing
      .catch(() => {})
      .then(() => {
        this.#syncing = this.#nextSync!
        this.#nextSync = null
        if (this.#directory === null) throw new Error('the spool is closed')
        return this.#directory.sync()
      })
    return this.#nextSync
  }

  #forget({ id }: SpooledMail): void {
    this.#freshOctets -= this.#fresh.get(id)?.length ?? 0
    this.#fresh.delete(id)
  }

  #path({ id }: SpooledMail): string {
    return join(this.#options.directory, `${id}.mail`)
  }
}

/** A directory that is new is on the disk when the ones above it are synced. */
async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  const top = dirname(resolve(first))
  for (let parent = dirname(resolve(directory)); ; parent = dirname(parent)) {
    const handle = await open(parent, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (parent === top || parent === dirname(parent)) return
  }
}
