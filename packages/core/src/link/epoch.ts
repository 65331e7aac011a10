/**
 * The keys of one completed handshake: what we seal with and what we open with, apart for every path (PROTOCOL.md section 11).
 * Knows no session and no peer; the link decides which epoch it uses, and when one is over.
 */
import {
  type Aead,
  type EpochSecrets,
  eraseEpochSecrets,
  frameNonce,
  pathKey,
  protocolSecret,
  ReplayWindow,
} from '@postern/crypto'
import {
  LINK_FRAME_HEADER_OCTETS,
  type LinkFrame,
  MAX_PATHS_IN_EPOCH,
  MAX_REPORT_AGE_MS,
  type PathReport,
  writeLinkFrameHeader,
} from '@postern/helo'

import type { EpochRecord } from './epoch-record.js'

/** Why a frame did not open; also the word under which it is counted. */
export type FrameFault = 'replayed' | 'forged' | 'too-many-paths' | 'epoch-over'

export interface EpochOptions {
  readonly aead: Aead
  /** null: what is kept comes from a record. */
  readonly secrets: EpochSecrets | null
  /** u32: what frames to us carry. */
  readonly ownIndex: number
  /** u32: what frames to the peer carry. */
  readonly peerIndex: number
  /** Did we begin its handshake? */
  readonly isOurs: boolean
  /** Unix ms: for what is kept. */
  readonly begunMs: number
  /** The same, monotonic: for ages. 0 where it comes from a record. */
  readonly madeMs?: number
}

/** Where frames of one path stand. */
interface SendingPath {
  readonly id: number
  readonly key: Uint8Array
  counter: number
}

interface ReceivingPath {
  readonly id: number
  readonly key: Uint8Array
  readonly window: ReplayWindow
  highest: number
  /** Frames that opened. */
  count: number
  /** When the highest one did; monotonic. */
  highestMs: number
}

const LAST_PATH_ID = 0xffff

export class Epoch {
  readonly ownIndex: number
  readonly peerIndex: number
  readonly isOurs: boolean
  readonly begunMs: number
  readonly madeMs: number
  /** Frames of the peer have opened: it has the keys, too. */
  isConfirmed = false
  /** Marks that it shares with those of the other side that were under way at the same time. */
  crossings: ReadonlySet<object> = new Set()
  /** A frame of the peer under it has opened: the peer sends with it. */
  isHeard = false
  /** Frames sealed so far: enough of them make it old. */
  sealed = 0
  readonly #aead: Aead
  /** null: they were erased, or it was restored; then only what was kept opens. */
  #secrets: EpochSecrets | null
  /** By protocol: what is left when fast transports can deliver nothing any more. */
  #kept: ReadonlyMap<number, Uint8Array> = new Map()
  readonly #sending = new Map<object, SendingPath>()
  readonly #receiving = new Map<string, ReceivingPath>()
  #nextPathId = 0
  #isOver = false

  constructor({ aead, secrets, ownIndex, peerIndex, isOurs, begunMs, madeMs = 0 }: EpochOptions) {
    this.madeMs = madeMs
    this.#aead = aead
    this.#secrets = secrets
    this.ownIndex = ownIndex
    this.peerIndex = peerIndex
    this.isOurs = isOurs
    this.begunMs = begunMs
  }

  /** Did both sides begin a handshake before either was completed, and are these the two? */
  hasCrossed(other: Epoch): boolean {
    return this.isOurs !== other.isOurs && [...this.crossings].some((mark) => other.crossings.has(mark))
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** A frame of `batch` for `path`, which is any object that stands for it. null: this epoch has no path ids left. */
  seal(path: object, protocol: number, batch: Uint8Array): Uint8Array | null {
    const sending = this.#sending.get(path) ?? this.#openSending(path, protocol)
    if (sending === null) return null
    const header = { receiverIndex: this.peerIndex, pathId: sending.id, counter: sending.counter }
    sending.counter += 1
    this.sealed += 1
    const ad = new Uint8Array(LINK_FRAME_HEADER_OCTETS)
    writeLinkFrameHeader(ad, header)
    const sealed = this.#aead.seal(sending.key, frameNonce(header.counter), ad, batch)
    const frame = new Uint8Array(LINK_FRAME_HEADER_OCTETS + sealed.byteLength)
    frame.set(ad)
    frame.set(sealed, LINK_FRAME_HEADER_OCTETS)
    return frame
  }

  /** The path id that frames for `path` carry, and how many there were; null: none was sealed yet. */
  sentOver(path: object): { readonly pathId: number; readonly frames: number } | null {
    const sending = this.#sending.get(path)
    return sending === undefined ? null : { pathId: sending.id, frames: sending.counter }
  }

  /** Path ids given out: the receiver keeps windows for the first MAX_PATHS_IN_EPOCH. */
  get paths(): number {
    return this.#nextPathId
  }

  /** The batch in a frame that came by a transport of this protocol. A window is made only for a path whose frame opened. */
  open(frame: LinkFrame, bytes: Uint8Array, protocol: number, nowMs: number): Uint8Array | FrameFault {
    if (this.#isOver) return 'epoch-over'
    const name = `${protocol} ${frame.pathId}`
    const known = this.#receiving.get(name)
    if (known === undefined && this.#receiving.size >= MAX_PATHS_IN_EPOCH) return 'too-many-paths'
    if (known !== undefined && !known.window.isNew(frame.counter)) return 'replayed'
    const secret = this.#receiveSecret(protocol)
    if (secret === null) return 'epoch-over'
    const key = known?.key ?? pathKey(secret, frame.pathId)
    const ad = bytes.subarray(0, LINK_FRAME_HEADER_OCTETS)
    const batch = this.#aead.open(key, frameNonce(frame.counter), ad, frame.sealed)
    if (batch === null) return 'forged'
    const path = known ?? { id: frame.pathId, key, window: new ReplayWindow(), highest: -1, count: 0, highestMs: 0 }
    this.#receiving.set(name, path)
    path.window.accept(frame.counter)
    path.count += 1
    if (frame.counter > path.highest) {
      path.highest = frame.counter
      path.highestMs = nowMs
    }
    return batch
  }

  /** What arrived, by path: the highest counter that opened, how many did, and how long ago it was. */
  received(nowMs: number): readonly PathReport[] {
    return [...this.#receiving.values()].map(({ id, highest, count, highestMs }) => {
      const ageMs = Math.min(MAX_REPORT_AGE_MS, Math.max(0, Math.round(nowMs - highestMs)))
      return { pathId: id, counter: highest, received: count, ageMs }
    })
  }

  /** From now on only frames by these protocols open, and nothing is sealed: the other keys are gone. */
  keepOnly(protocols: readonly number[]): void {
    if (this.#isOver || this.#secrets === null) return
    this.#kept = this.#receiveSecrets(protocols)
    eraseEpochSecrets(this.#secrets)
    this.#secrets = null
    for (const { key } of this.#sending.values()) key.fill(0)
    this.#sending.clear()
    this.#nextPathId = LAST_PATH_ID + 1
    for (const [name, { key }] of this.#receiving) {
      if (protocols.some((protocol) => name.startsWith(`${protocol} `))) continue
      key.fill(0)
      this.#receiving.delete(name)
    }
  }

  /** What is kept of it for a restart, as far as frames by these protocols go. */
  snapshot(protocols: readonly number[]): Pick<EpochRecord, 'secrets' | 'windows'> {
    const windows = [...this.#receiving].flatMap(([name, { id, highest, window }]) => {
      const protocol = protocols.find((one) => name.startsWith(`${one} `))
      return protocol === undefined ? [] : [{ protocol, pathId: id, highest, window }]
    })
    return { secrets: [...this.#receiveSecrets(protocols)], windows }
  }

  /** It receives what a record says, and sends nothing. */
  restore({ secrets, windows }: Pick<EpochRecord, 'secrets' | 'windows'>): void {
    this.#kept = new Map(secrets)
    this.#nextPathId = LAST_PATH_ID + 1
    for (const { protocol, pathId, highest, window } of windows) {
      const secret = this.#kept.get(protocol)
      if (secret === undefined) continue
      this.#receiving.set(`${protocol} ${pathId}`, {
        id: pathId,
        key: pathKey(secret, pathId),
        window,
        highest,
        count: highest + 1, // it is never reported: nothing is sent under it
        highestMs: 0,
      })
    }
  }

  /** Nothing is sealed or opened any more, and the keys are gone. Idempotent. */
  erase(): void {
    this.#isOver = true
    if (this.#secrets !== null) eraseEpochSecrets(this.#secrets)
    this.#secrets = null
    for (const { key } of [...this.#sending.values(), ...this.#receiving.values()]) key.fill(0)
    for (const secret of this.#kept.values()) secret.fill(0)
    this.#kept = new Map()
    this.#sending.clear()
    this.#receiving.clear()
  }

  #receiveSecret(protocol: number): Uint8Array | null {
    if (this.#secrets !== null) return protocolSecret(this.#secrets.receive, protocol)
    return this.#kept.get(protocol) ?? null
  }

  #receiveSecrets(protocols: readonly number[]): Map<number, Uint8Array> {
    return new Map(
      protocols.flatMap((protocol) => {
        const secret = this.#receiveSecret(protocol)
        return secret === null ? [] : [[protocol, secret] as const]
      }),
    )
  }

  #openSending(path: object, protocol: number): SendingPath | null {
    if (this.#isOver || this.#secrets === null || this.#nextPathId > LAST_PATH_ID) return null
    const id = this.#nextPathId
    this.#nextPathId += 1
    const sending = { id, key: pathKey(protocolSecret(this.#secrets.send, protocol), id), counter: 0 }
    this.#sending.set(path, sending)
    return sending
  }
}
