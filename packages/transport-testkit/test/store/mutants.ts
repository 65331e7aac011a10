/** Stores that break one promise each, as stores do. */
import type { StoreHarness } from '@postern/transport-testkit'
import { type Breakage, type ModelDisk, modelHarness, turn } from './model-store.js'

export interface StoreMutant {
  readonly clause: string
  /** The end of a sentence that begins with "a store that". */
  readonly name: string
  readonly harness: StoreHarness
}

const mutant = (clause: string, name: string, breakage: Breakage): StoreMutant => {
  return { clause, name, harness: modelHarness(breakage) }
}

/** What the last remove took away, by disk. */
const unsafe = new WeakMap<ModelDisk, ReadonlyMap<string, Uint8Array>>()

export const storeMutants: readonly StoreMutant[] = [
  mutant('D4/store-octets', 'takes a value without octets for none', {
    store: (_, { put }) => ({ put: (records) => put(records.filter(({ value }) => value.length > 0)) }),
  }),
  mutant('D4/store-octets', 'has two octets for a length', {
    store: (_, { put }) => ({
      put: (records) =>
        put(records.map(({ key, value }) => ({ key, value: value.subarray(0, value.length & 0xffff) }))),
    }),
  }),
  mutant('D4/store-octets', 'writes the buffer around a view', {
    store: (_, { put }) => ({
      put: (records) => put(records.map(({ key, value }) => ({ key, value: new Uint8Array(value.buffer) }))),
    }),
  }),
  mutant('D4/store-replaced', 'writes a shorter value over a longer one', {
    store: (disk, { put }) => ({
      put: (records) =>
        put(
          records.map(({ key, value }) => {
            const whole = Uint8Array.from(disk.records.get(key) ?? [])
            const isShorter = value.length < whole.length
            if (isShorter) whole.set(value)
            return { key, value: isShorter ? whole : value }
          }),
        ),
    }),
  }),
  mutant('D4/store-removed', 'rejects for an unknown key', {
    store: (_, { put, remove }) => {
      const known = new Set<string>()
      return {
        put: (records) => {
          for (const { key } of records) known.add(key)
          return put(records)
        },
        remove: async (keys) => {
          await remove(keys)
          if (keys.some((key) => !known.has(key))) throw new Error('not found')
        },
      }
    },
  }),
  mutant('D4/store-removed', 'removes all that begins like the key', {
    store: (disk, { remove }) => ({
      remove: (keys) =>
        remove(keys.flatMap((key) => [key, ...[...disk.records.keys()].filter((one) => one === `${key}b`)])),
    }),
  }),
  mutant('D4/store-keys', 'is on a file system that knows no case', {
    store: (_, { put }) => ({
      put: (records) => put(records.map(({ key, value }) => ({ key: key.toLowerCase(), value }))),
    }),
  }),
  mutant('D4/store-keys', 'makes a path of a key', {
    store: (_, { put }) => ({
      put: (records) =>
        put(records.map(({ key, value }) => ({ key: new URL(key, 'file:///').pathname.slice(1), value }))),
    }),
  }),
  mutant('D4/store-copies', 'keeps the array it was given', {
    store: (disk, { put }) => ({
      put: async (records) => {
        await put(records)
        for (const { key, value } of records)
          if (disk.records.has(key) && value.length === 8) disk.records.set(key, value)
      },
    }),
  }),
  mutant('D4/store-copies', 'hands out its own array', {
    store: (disk) => ({
      async *load() {
        for (const [key, value] of [...disk.records]) yield { key, value }
      },
    }),
  }),
  mutant('D4/store-many', 'has room for 4 096 records', {
    store: (disk, { put }) => ({
      put: async (records) => {
        await put(records)
        for (const key of disk.records.keys()) if (disk.records.size > 4_096) disk.records.delete(key)
      },
    }),
  }),
  mutant('D4/store-order', 'lets a put overtake a remove', {
    store: (_, { remove }) => ({
      remove: async (keys) => {
        for (let turns = 0; turns < 10; turns += 1) await turn()
        await remove(keys)
      },
    }),
  }),
  mutant('D4/store-concurrent', 'reads all, changes it, and writes all', {
    store: (disk, { put }) => ({
      put: async (records) => {
        const all = new Map([...disk.records, ...records.map(({ key, value }) => [key, value.slice()] as const)])
        await put(records)
        disk.records = all
      },
    }),
  }),
  mutant('D4/store-load-while-writing', 'loses its place when something before it goes', {
    store: (disk) => ({
      async *load() {
        let [all, takenAt] = [[...disk.records], disk.taken]
        for (let at = 0; at < all.length; at += 1) {
          const [key, value] = all[at]!
          yield { key, value: value.slice() }
          if (disk.taken !== takenAt) [all, takenAt] = [[...disk.records], disk.taken]
        }
      },
    }),
  }),
  mutant('D4/store-reopened', 'forgets what was removed when it is opened again', {
    store: (disk, { close, remove }) => {
      const gone = new Map<string, Uint8Array>()
      return {
        remove: async (keys) => {
          for (const key of keys) gone.set(key, disk.records.get(key) ?? new Uint8Array(0))
          await remove(keys)
        },
        close: async () => {
          await close()
          for (const [key, value] of gone) disk.records.set(key, value)
        },
      }
    },
  }),
  mutant('D4/store-close-finishes', 'drops what is under way when it is closed', {
    store: (disk, { close }) => ({
      close: () => {
        disk.pending = []
        return close()
      },
    }),
  }),
  mutant('D4/store-close-twice', 'rejects a second close', {
    store: (disk, { close }) => ({
      close: async () => {
        if (!disk.isOpen) throw new Error('closed')
        await close()
      },
    }),
  }),
  mutant('D4/store-closed', 'takes what is put after close, and loses it', {
    store: (disk, { put }) => ({ put: async (records) => (disk.isOpen ? put(records) : undefined) }),
  }),
  mutant('D4/store-crash-put', 'resolves a put before it is safe', {
    store: (_, { put }) => ({
      put: async (records) => {
        const isLarge = records.some(({ value }) => value.length === 20_000)
        const safe = put(records)
        if (!isLarge) await safe
      },
    }),
  }),
  mutant('D4/store-crash-remove', 'resolves a remove before it is safe', {
    store: (disk, { remove }) => ({
      remove: (keys) => {
        unsafe.set(disk, new Map([...disk.records].filter(([key]) => keys.includes(key))))
        return remove(keys)
      },
    }),
    crash: (disk) => {
      for (const [key, value] of unsafe.get(disk) ?? []) disk.records.set(key, value)
    },
  }),
  mutant('D4/store-crash-whole', 'writes in place', {
    crash: (disk) => {
      for (const write of disk.pending)
        if (write.at === 'put')
          for (const { key, value } of write.records) disk.records.set(key, value.slice(0, value.length >> 1))
    },
  }),
]
