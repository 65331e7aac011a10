/**
 * Our own link keys: one that is advertised, and older ones for as long as somebody may still write to them (DESIGN section 3).
 * What was erased cannot open anything any more, neither for us nor for whoever takes our disk.
 */
import { createLinkKey, eraseLinkKey, exportLinkKey, importLinkKey, type LinkKey, linkKeyHint } from '@postern/crypto'
import type { Clock } from '@postern/transport-api'
import type { KeptRecords } from '../store/kept-records.js'
import type { SavedState } from './saved-state.js'

/** DESIGN section 3: weekly. */
const ROTATION_MS = 7 * 24 * 3_600_000
/** Beyond the last expiration and the slowest delivery: clocks differ. */
const RETENTION_EXTRA_MS = 3_600_000

const KIND = 'link-key/'
const SECRET_OCTETS = 32
const ENTRY_OCTETS: number = SECRET_OCTETS + 3 * 8

interface Entry {
  readonly key: LinkKey
  readonly hint: Uint8Array
  readonly bornMs: number
  /** The latest expiration of any HELO that carries it, Unix ms. */
  expirationMs: number
  maxLatencyMs: number
}

export class KeyRing {
  readonly #clock: Clock
  readonly #saved: SavedState
  readonly #erased: (publicKey: Uint8Array) => void
  /** The newest last. */
  #entries: Entry[] = []

  /** `erased` hears of every key that is gone for good. */
  constructor(clock: Clock, saved: SavedState, erased: (publicKey: Uint8Array) => void) {
    this.#clock = clock
    this.#saved = saved
    this.#erased = erased
  }

  /** What new HELOs carry. */
  current(): LinkKey {
    return this.#newest().key
  }

  /** A HELO with the current key was signed. */
  advertised(expirationMs: number, maxLatencyMs: number): void {
    const entry = this.#newest()
    if (expirationMs <= entry.expirationMs && maxLatencyMs <= entry.maxLatencyMs) return
    entry.expirationMs = Math.max(entry.expirationMs, expirationMs)
    entry.maxLatencyMs = Math.max(entry.maxLatencyMs, maxLatencyMs)
    this.#save(entry)
  }

  /** What a store kept: before anything is advertised. */
  restore(kept: KeptRecords): void {
    kept.each('link-key', ({ key, value }) => {
      const entry = readEntry(value)
      if (entry === null || keyOf(entry) !== key) return false
      this.#entries.push(entry)
      return true
    })
    this.#entries.sort((a, b) => a.bornMs - b.bornMs)
    this.#eraseOld()
  }

  /** Those that a first message with this hint may be for, the newest first; nearly always one or none. */
  hinted(hint: Uint8Array): readonly LinkKey[] {
    this.#eraseOld()
    return this.#entries
      .filter((entry) => entry.hint.every((octet, at) => octet === hint[at]))
      .map(({ key }) => key)
      .reverse()
  }

  has(publicKey: Uint8Array): boolean {
    return this.#entries.some(({ key }) => Buffer.compare(key.publicKey, publicKey) === 0)
  }

  /** Erases those that nobody can write to any more. */
  tidy(): void {
    this.#eraseOld()
  }

  /** Erases all of them. */
  close(): void {
    for (const { key } of this.#entries.splice(0)) eraseLinkKey(key)
  }

  #newest(): Entry {
    const newest = this.#entries.at(-1)
    if (newest !== undefined && this.#clock.now() - newest.bornMs < ROTATION_MS) return newest
    this.#eraseOld()
    const key = createLinkKey()
    const entry: Entry = {
      key,
      hint: linkKeyHint(key.publicKey),
      bornMs: this.#clock.now(),
      expirationMs: this.#clock.now(),
      maxLatencyMs: 0,
    }
    this.#entries.push(entry)
    this.#save(entry)
    return entry
  }

  #save(entry: Entry): void {
    void this.#saved.save({ key: keyOf(entry), value: writeEntry(entry) })
  }

  #eraseOld(): void {
    const now = this.#clock.now()
    this.#entries = this.#entries.filter((entry, at) => {
      const isNewest = at === this.#entries.length - 1
      if (isNewest || now <= entry.expirationMs + entry.maxLatencyMs + RETENTION_EXTRA_MS) return true
      this.#saved.remove(keyOf(entry))
      eraseLinkKey(entry.key)
      this.#erased(entry.key.publicKey)
      return false
    })
  }
}

function keyOf({ key }: Entry): string {
  return `${KIND}${Buffer.from(key.publicKey).toString('hex')}`
}

/** secret, 32 | bornMs, u64 | expirationMs, u64 | maxLatencyMs, u64. */
function writeEntry({ key, bornMs, expirationMs, maxLatencyMs }: Entry): Uint8Array {
  const bytes = new Uint8Array(ENTRY_OCTETS)
  bytes.set(exportLinkKey(key))
  const view = new DataView(bytes.buffer, SECRET_OCTETS)
  for (const [at, ms] of [bornMs, expirationMs, maxLatencyMs].entries()) view.setBigUint64(8 * at, BigInt(ms))
  return bytes
}

/** null: it is damaged. */
function readEntry(bytes: Uint8Array): Entry | null {
  if (bytes.byteLength !== ENTRY_OCTETS) return null
  const key = importLinkKey(bytes.slice(0, SECRET_OCTETS))
  const view = new DataView(bytes.buffer, bytes.byteOffset + SECRET_OCTETS)
  const [bornMs, expirationMs, maxLatencyMs] = [0, 8, 16].map((at) => Number(view.getBigUint64(at))) as [
    number,
    number,
    number,
  ]
  return { key, hint: linkKeyHint(key.publicKey), bornMs, expirationMs, maxLatencyMs }
}
