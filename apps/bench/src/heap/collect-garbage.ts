/** A full collection, also in a process that was started without --expose-gc. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface HeapUse {
  readonly heapUsedBytes: number
  /** Memory of buffers, which lies outside the heap. */
  readonly bufferBytes: number
}

let collect: (() => void) | null = null

/** What is in use after everything unreachable was freed. */
export async function heapUseAfterCollection(): Promise<HeapUse> {
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  // Twice, a turn apart: finalizers that the first one has made due free more.
  for (let pass = 0; pass < 2; pass += 1) {
    await nextTurn()
    collect()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heapUsedBytes: heapUsed, bufferBytes: arrayBuffers }
}
