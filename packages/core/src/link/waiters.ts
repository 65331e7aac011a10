/** Who waits for something to come about: told all at once, or given up each by a signal of its own. */

interface Waiter {
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

export class Waiters {
  readonly #waiting = new Set<Waiter>()

  get size(): number {
    return this.#waiting.size
  }

  /** Rejects with the signal's reason when it is aborted; it is not aborted yet. */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        resolve: () => {
          settled()
          resolve()
        },
        reject: (reason) => {
          settled()
          reject(reason as Error)
        },
      }
      const onAbort = (): void => waiter.reject(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(waiter)
    })
  }

  resolve(): void {
    for (const waiter of [...this.#waiting]) waiter.resolve()
  }

  reject(reason: unknown): void {
    for (const waiter of [...this.#waiting]) waiter.reject(reason)
  }
}
