/** Nothing in a benchmark waits without an end. */
import type { Clock } from '@postern/transport-api'

/** What `work` resolves to; rejects when it takes longer than `limitMs`. `what` begins the sentence. */
export function within<T>(clock: Clock, limitMs: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(() => reject(new Error(`${what} took longer than ${limitMs} ms`)), limitMs)
    work.then(resolve, reject).finally(() => timer[Symbol.dispose]())
  })
}
