/** Messages by deadline, the next one first: a binary heap whose members know their places, so that any of them can leave. */
import type { WaitingMessage } from './waiting-message.js'

export class DeadlineHeap {
  readonly #heap: WaitingMessage[] = []

  /** The one whose deadline is next. */
  get first(): WaitingMessage | null {
    return this.#heap[0] ?? null
  }

  push(waiting: WaitingMessage): void {
    this.#rise(waiting, this.#heap.length)
  }

  /** Nothing happens when it is not here. */
  remove(waiting: WaitingMessage): void {
    const index = waiting.heapIndex
    if (index < 0) return
    waiting.heapIndex = -1
    const last = this.#heap.pop()!
    if (last === waiting) return
    const parent = this.#heap[(index - 1) >> 1]
    if (parent !== undefined && last.deadlineMs < parent.deadlineMs) this.#rise(last, index)
    else this.#sink(last, index)
  }

  /** Puts `waiting` at `index`, which is free, or above. */
  #rise(waiting: WaitingMessage, index: number): void {
    let free = index
    while (free > 0) {
      const parent = (free - 1) >> 1
      if (this.#heap[parent]!.deadlineMs <= waiting.deadlineMs) break
      this.#put(this.#heap[parent]!, free)
      free = parent
    }
    this.#put(waiting, free)
  }

  /** Puts `waiting` at `index`, which is free, or below. */
  #sink(waiting: WaitingMessage, index: number): void {
    let free = index
    for (let child = 2 * free + 1; child < this.#heap.length; child = 2 * free + 1) {
      const other = this.#heap[child + 1]
      if (other !== undefined && other.deadlineMs < this.#heap[child]!.deadlineMs) child += 1
      if (this.#heap[child]!.deadlineMs >= waiting.deadlineMs) break
      this.#put(this.#heap[child]!, free)
      free = child
    }
    this.#put(waiting, free)
  }

  #put(waiting: WaitingMessage, index: number): void {
    this.#heap[index] = waiting
    waiting.heapIndex = index
  }
}
