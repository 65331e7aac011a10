/**
 * A mail is dear, and the mailbox may be a list: for core's own sake, and not an application's, one an hour may leave to a peer
 * (DESIGN sections 4 and 8). What waits rides along with whatever leaves before.
 */
import type { Clock } from '@postern/transport-api'

export const MAIL_EVERY_MS = 3_600_000

export class MailAllowance {
  readonly #clock: Clock
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** When the next may leave; monotonic ms. */
  get fromMs(): number {
    return this.#lastMs + MAIL_EVERY_MS
  }

  /** True: this one may leave, and is counted. */
  take(): boolean {
    const now = this.#clock.monotonic()
    if (now < this.fromMs) return false
    this.#lastMs = now
    return true
  }
}
