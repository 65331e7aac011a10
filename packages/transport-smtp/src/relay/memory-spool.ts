/** A spool that outlives nothing: for benchmarks, and for mail that is worth no disk. */
import type { Spool } from './spool.js'

export function createMemorySpool(): Spool {
  const mails = new Map<string, Buffer>()
  const forget = async ({ id }: { readonly id: string }): Promise<void> => void mails.delete(id)
  return {
    open: async () => [],
    store: async ({ id }, raw) => void mails.set(id, raw),
    read: async ({ id }) => mails.get(id) ?? null,
    remove: forget,
    giveUp: forget,
    close: async () => mails.clear(),
  }
}
