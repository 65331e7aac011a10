/** The stores of this package, held against what every store promises. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StoreHarness, storeCases } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { createMemoryStore, type PeerStore } from '../../src/index.js'
import { type FileStore, openFileStore } from './file-store.js'

const memory: StoreHarness = {
  name: 'the memory store',
  survivesCrash: false,
  openPlace: async () => {
    const store: PeerStore = createMemoryStore()
    const open = async (): Promise<PeerStore> => {
      store.load()
      return store
    }
    const crash = (): Promise<void> => Promise.reject(new Error('not claimed'))
    return { open, crash, close: async () => {} }
  },
}

const file: StoreHarness = {
  name: 'a file',
  survivesCrash: true,
  openPlace: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-store-'))
    let opened: FileStore | null = null
    return {
      open: async () => {
        opened = await openFileStore(join(folder, 'store'))
        return opened
      },
      crash: async () => opened?.crash(),
      close: () => rm(folder, { recursive: true }),
    }
  },
}

describe.each([memory, file])('4/store: $name', (harness) => {
  const promised = storeCases.filter((one) => one.appliesTo(harness))
  test.each(promised.map((one) => [one.clause, one.title, one] as const))('%s: %s', async (_c, _t, one) => {
    await expect(one.run(harness)).resolves.toBeUndefined()
  })
})

test('4/store: the file is readable by its owner alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-store-'))
  const store = await openFileStore(join(folder, 'store'))
  await store.put([{ key: 'kind/name', value: new Uint8Array(32) }])
  expect((await stat(join(folder, 'store'))).mode & 0o777).toBe(0o600)
  await store.close()
  await rm(folder, { recursive: true })
})
