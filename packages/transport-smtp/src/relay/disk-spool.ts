/**
 * A spool that outlives kill -9 and loss of power: a mail is written beside its place, synced, renamed into it, and the directory
 * synced, before anybody hears that it was accepted. A mail that was delivered may come back after a crash, none gets lost.
 *
 *   <spool>/<id>.mail   waits            <spool>/bad/      damaged
 *   <spool>/<id>.tmp    was being written   <spool>/failed/   given up
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, type Logger } from '@postern/transport-api'
import type { Spool, SpooledMail } from './spool.js'
import { decodeSpoolFile, decodeSpoolHeader, encodeSpoolFile, MAX_SPOOL_HEADER_OCTETS } from './spool-file.js'

export interface DiskSpoolOptions {
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
  #syncing: Promise<void> = Promise.resolve()
  #nextSync: Promise<void> | null = null

  constructor(options: DiskSpoolOptions) {
    this.#options = options
  }

  async open(): Promise<readonly SpooledMail[]> {
    const { directory } = this.#options
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await mkdir(join(directory, 'bad'), { recursive: true, mode: 0o700 })
    await mkdir(join(directory, 'failed'), { recursive: true, mode: 0o700 })
    this.#directory = await open(directory, 'r')
    const names = (await readdir(directory)).sort()
    for (const name of names) if (name.endsWith('.tmp')) await unlink(join(directory, name))
    const ids = names.flatMap((name) => MAIL_FILE.exec(name)?.[1] ?? [])
    const mails: SpooledMail[] = []
    for (let at = 0; at < ids.length; at += SCAN_WIDTH) {
      const found = await Promise.all(ids.slice(at, at + SCAN_WIDTH).map((id) => this.#look(id)))
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
    this.#options.log.warn('relay.spool-damaged', { id })
    this.#options.onDamaged()
    await this.#setAside('bad', id)
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
