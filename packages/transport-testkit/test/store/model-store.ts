/**
 * A store that keeps every promise, and says which part of it each mutant replaces. Its disk takes what it is asked for one after
 * the other, a turn of the machine each; a crash leaves what was taken.
 */
import type { StoredRecord, StoreHarness, StoreUnderTest } from '@postern/transport-testkit'

type Write =
  | { readonly at: 'put'; readonly records: readonly StoredRecord[] }
  | { readonly at: 'remove'; readonly keys: readonly string[] }

export class ModelDisk {
  records = new Map<string, Uint8Array>()
  /** Asked for, and not taken yet. */
  pending: Write[] = []
  isOpen = false
  /** Writes so far. */
  taken = 0
  #last: Promise<void> = Promise.resolve()

  /** Resolves when it is on the disk. */
  write(write: Write): Promise<void> {
    if (!this.isOpen) return Promise.reject(new Error('closed'))
    this.pending.push(write)
    this.#last = this.#last.then(turn).then(() => this.take(write))
    return this.#last
  }

  take(write: Write): void {
    const at = this.pending.indexOf(write)
    if (at < 0) return
    this.pending.splice(at, 1)
    this.taken += 1
    if (write.at === 'remove') for (const key of write.keys) this.records.delete(key)
    else for (const { key, value } of write.records) this.records.set(key, value.slice())
  }

  async close(): Promise<void> {
    this.isOpen = false
    await this.#last
  }

  crash(): void {
    this.pending = []
    this.isOpen = false
  }
}

/** What a mutant does instead. `sound` is the store, or the crash, as it should be. */
export interface Breakage {
  store?(disk: ModelDisk, sound: StoreUnderTest): Partial<StoreUnderTest>
  crash?(disk: ModelDisk): void
}

export function modelHarness({ store: broken, crash: brokenCrash }: Breakage = {}): StoreHarness {
  return {
    name: 'a model',
    survivesCrash: true,
    openPlace: async () => {
      const disk = new ModelDisk()
      return {
        open: async () => {
          disk.isOpen = true
          const sound = soundStore(disk)
          return { ...sound, ...broken?.(disk, sound) }
        },
        crash: async () => {
          brokenCrash?.(disk)
          disk.crash()
        },
        close: async () => {},
      }
    },
  }
}

function soundStore(disk: ModelDisk): StoreUnderTest {
  return {
    async *load() {
      for (const [key, value] of [...disk.records]) yield { key, value: value.slice() }
    },
    put: (records) => disk.write({ at: 'put', records }),
    remove: (keys) => disk.write({ at: 'remove', keys }),
    close: () => disk.close(),
  }
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
