/**
 * The first messages that were opened, until their link key is erased: none is taken twice (DESIGN section 4). An ephemeral never
 * seals two payloads, so that it names its message. There is no rule about time stamps, which would reject late mail.
 */

/** Beyond it the oldest are forgotten. */
const MAX_MESSAGES = 65_536

export class ReplayMemory {
  /** By ephemeral: our link key that opened it. In the order of arrival. */
  readonly #opened = new Map<string, string>()

  has(ephemeral: Uint8Array): boolean {
    return this.#opened.has(textOf(ephemeral))
  }

  /** The ephemeral that was forgotten for it; null: there was room. */
  add(ephemeral: Uint8Array, linkKey: Uint8Array): Uint8Array | null {
    const [oldest] = this.#opened.size >= MAX_MESSAGES ? this.#opened.keys() : []
    if (oldest !== undefined) this.#opened.delete(oldest)
    this.#opened.set(textOf(ephemeral), textOf(linkKey))
    return oldest === undefined ? null : Buffer.from(oldest, 'latin1')
  }

  /** Nothing can be opened with this key any more; the ephemerals that are forgotten. */
  forget(linkKey: Uint8Array): readonly Uint8Array[] {
    const gone = textOf(linkKey)
    const forgotten = [...this.#opened].filter(([, key]) => key === gone).map(([ephemeral]) => ephemeral)
    for (const ephemeral of forgotten) this.#opened.delete(ephemeral)
    return forgotten.map((ephemeral) => Buffer.from(ephemeral, 'latin1'))
  }

  get size(): number {
    return this.#opened.size
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
