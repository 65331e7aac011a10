/**
 * A store in one file, as an example of what a store on disk has to do: a log of entries, each with its length and checksum, written
 * and flushed before it is said to be safe. For tests: the file only grows, and is read whole.
 *
 *   octets of key, u8 | octets of value, u32, 0xffffffff: removed | CRC-32 of the rest, u32 | key | value
 */
import { type FileHandle, open, readFile, truncate } from 'node:fs/promises'
import { crc32 } from '@postern/helo'
import type { PeerRecord, PeerStore } from '../../src/index.js'

const HEAD_OCTETS = 1 + 4 + 4
const REMOVED = 0xffff_ffff

export interface FileStore extends PeerStore {
  /** The process is gone: of the write that was under way half is on disk, of later ones nothing. */
  crash(): Promise<void>
}

export async function openFileStore(path: string): Promise<FileStore> {
  const file = await open(path, 'a', 0o600) // keys are in it
  // What a crash left at the end belongs to no entry; the next one must not be read as its rest.
  await truncate(path, endOf(await readFile(path)))
  return new LogStore(path, file)
}

class LogStore implements FileStore {
  readonly #path: string
  readonly #file: FileHandle
  #last: Promise<void> = Promise.resolve()
  #closing: Promise<void> | null = null
  #isCrashed = false
  #isTorn = false

  constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  async *load(): AsyncIterable<PeerRecord> {
    const bytes = await readFile(this.#path)
    const records = new Map<string, Uint8Array>()
    let damaged = 0
    for (const entry of entriesOf(bytes)) {
      if (entry.at === 'damaged') damaged += 1
      else if (entry.value === null) records.delete(entry.key)
      else records.set(entry.key, entry.value)
    }
    for (const [key, value] of records) yield { key, value }
    if (damaged > 0) throw new Error(`${damaged} entries are damaged`)
  }

  put(records: readonly PeerRecord[]): Promise<void> {
    return this.#append(records.map(({ key, value }) => entryOf(key, value)))
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.#append(keys.map((key) => entryOf(key, null)))
  }

  close(): Promise<void> {
    this.#closing ??= this.#last.then(() => this.#file.close())
    return this.#closing
  }

  async crash(): Promise<void> {
    this.#isCrashed = true
    await this.close()
  }

  /** Writes are made one after the other. A failed one does not stop those that follow. */
  #append(entries: readonly Uint8Array[]): Promise<void> {
    if (this.#closing !== null) return Promise.reject(new Error('the store was closed'))
    const bytes = Buffer.concat(entries)
    const done = this.#last.then(async () => {
      if (this.#isCrashed) await this.#tear(bytes)
      await this.#file.appendFile(bytes)
      await this.#file.datasync()
    })
    this.#last = done.catch(() => {})
    return done
  }

  /** The last that the process wrote: cut off in the middle. */
  async #tear(bytes: Uint8Array): Promise<never> {
    if (!this.#isTorn) await this.#file.appendFile(bytes.subarray(0, bytes.byteLength >> 1))
    this.#isTorn = true
    throw new Error('crashed')
  }
}

function entryOf(key: string, value: Uint8Array | null): Uint8Array {
  const entry = Buffer.alloc(HEAD_OCTETS + key.length + (value?.byteLength ?? 0))
  entry.writeUInt8(key.length, 0)
  entry.writeUInt32BE(value === null ? REMOVED : value.byteLength, 1)
  entry.write(key, HEAD_OCTETS, 'latin1')
  if (value !== null) entry.set(value, HEAD_OCTETS + key.length)
  entry.writeUInt32BE(crcOf(entry), 5)
  return entry
}

/** Of all but itself. */
function crcOf(entry: Buffer): number {
  return crc32(Buffer.concat([entry.subarray(0, 5), entry.subarray(HEAD_OCTETS)]))
}

type Entry =
  | { readonly at: 'whole'; readonly end: number; readonly key: string; readonly value: Uint8Array | null }
  | { readonly at: 'damaged'; readonly end: number }

/** Up to one that is cut off: after a damaged length nothing can be found any more, which looks the same. */
function* entriesOf(bytes: Buffer): IterableIterator<Entry> {
  for (let at = 0; at + HEAD_OCTETS <= bytes.byteLength; ) {
    const [keyOctets, size] = [bytes.readUInt8(at), bytes.readUInt32BE(at + 1)]
    const keyEnd = at + HEAD_OCTETS + keyOctets
    const end = keyEnd + (size === REMOVED ? 0 : size)
    if (end > bytes.byteLength) return
    const isWhole = crcOf(bytes.subarray(at, end)) === bytes.readUInt32BE(at + 5)
    const key = bytes.toString('latin1', at + HEAD_OCTETS, keyEnd)
    const value = size === REMOVED ? null : Uint8Array.from(bytes.subarray(keyEnd, end))
    yield isWhole ? { at: 'whole', end, key, value } : { at: 'damaged', end }
    at = end
  }
}

function endOf(bytes: Buffer): number {
  return [...entriesOf(bytes)].at(-1)?.end ?? 0
}
