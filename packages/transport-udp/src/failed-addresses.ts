/** Of which destinations core was told that they fail: a train of datagrams to nowhere is one piece of news. */
import { type Clock, DROP_REPORT_MS } from '@postern/transport-api'
import { MAX_FAILED_ADDRESSES } from './constants.js'

export class FailedAddresses {
  readonly #clock: Clock
  readonly #told = new Set<string>()
  #sinceMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** False: core heard of it within this gathering time, or of as many others as one may bring. Needs no timer. */
  isNews(destination: string): boolean {
    const now = this.#clock.monotonic()
    if (now - this.#sinceMs >= DROP_REPORT_MS) {
      this.#told.clear()
      this.#sinceMs = now
    }
    if (this.#told.size >= MAX_FAILED_ADDRESSES || this.#told.has(destination)) return false
    this.#told.add(destination)
    return true
  }
}
