/** Keeps what climbers say of themselves: one stream for each pair and direction, and what was dropped. Lets others wait for more. */
import type { NodeId } from '@postern/core'
import type { Note } from './note.js'
import { Stream } from './stream.js'

export interface JournalOptions {
  /** What is wrong now with the ways between two. */
  readonly weather: (from: string, to: string) => string
  /** After it was taken down; `peer` is empty for notes about nobody. */
  readonly onNote?: (who: string, note: Note, peer: string) => void
}

/** On loopback a message takes less, by mail as well; notes from another process come as late. */
const UNDER_WAY_MS = 500

interface Waiting {
  readonly holds: () => boolean
  readonly settle: (isMet: boolean) => void
}

export class Journal {
  readonly #options: JournalOptions
  readonly #names = new Map<NodeId, string>()
  readonly #streams = new Map<string, Stream>()
  readonly #dropped = new Map<string, number>()
  readonly #waiting = new Set<Waiting>()

  constructor(options: JournalOptions) {
    this.#options = options
  }

  knows(nodeId: NodeId, name: string): void {
    this.#names.set(nodeId, name)
  }

  nameOf(nodeId: NodeId): string {
    return this.#names.get(nodeId) ?? nodeId.slice(0, 8)
  }

  /** Names have no spaces. */
  stream(from: string, to: string): Stream {
    const key = `${from} ${to}`
    const known = this.#streams.get(key) ?? new Stream()
    this.#streams.set(key, known)
    return known
  }

  /** By `WHO TRANSPORT DIRECTION: REASON`. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped
  }

  take(who: string, note: Note): void {
    const peer = 'peer' in note ? this.nameOf(note.peer) : ''
    const atMs = performance.now()
    if (note.kind === 'sent') {
      const sent = { atMs, via: note.via, weather: this.#options.weather(who, peer) }
      this.stream(who, peer).sent(note.number, sent, note.isAccepted)
    } else if (note.kind === 'heard') this.stream(peer, who).heard(note.number, note.by, atMs)
    else if (note.kind === 'dropped') {
      const key = `${who} ${note.transport} ${note.direction}: ${note.reason}`
      this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + note.count)
    }
    this.#options.onNote?.(who, note, peer)
    for (const one of this.#waiting) if (one.holds()) one.settle(true)
  }

  /** Just now. What was under way has met the new one. */
  weatherChanged(): void {
    const sinceMs = performance.now() - UNDER_WAY_MS
    for (const [key, stream] of this.#streams) {
      const [from, to] = key.split(' ') as [string, string]
      stream.overtaken(sinceMs, this.#options.weather(from, to))
    }
  }

  /** True as soon as `holds` after a note; false when it does not within `limitMs`. */
  until(holds: () => boolean, limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isMet: boolean): void => {
        clearTimeout(patience)
        this.#waiting.delete(waiting)
        resolve(isMet)
      }
      const waiting = { holds, settle }
      const patience = setTimeout(settle, limitMs, false)
      this.#waiting.add(waiting)
      if (holds()) settle(true)
    })
  }
}
