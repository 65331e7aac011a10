/**
 * The epochs of a link: one to send with, and older ones for as long as something sealed with them may still arrive. Keys of fast
 * transports go minutes after, those of slow ones when they can no longer deliver (DESIGN section 4).
 */
import type { Clock, Timer } from '@postern/transport-api'
import type { Epoch } from './epoch.js'

/** At most so many; the oldest goes first. Those that nobody ever used are among them, too. */
const MAX_EPOCHS = 128
/** After another took its place. */
const FAST_RETENTION_MS = 3 * 60_000
/** Beyond the slowest delivery. */
export const SLOW_RETENTION_EXTRA_MS = 3_600_000

export interface EpochSetOptions {
  readonly clock: Clock
  /** Is our node id the lower one? Decides between two handshakes that crossed. */
  readonly isLower: boolean
  /** Of our own slow transports: by which protocols late frames may come, and how late. */
  readonly slow: () => { readonly protocols: readonly number[]; readonly maxLatencyMs: number }
  /** Its index may be used again; `isForGood`: also what was kept of it may go. */
  readonly onErased: (epoch: Epoch, isForGood: boolean) => void
}

interface Retained {
  readonly epoch: Epoch
  timer: Timer | null
  /** Its end is set. */
  isLeaving: boolean
}

export class EpochSet {
  readonly #options: EpochSetOptions
  /** The oldest first. */
  #retained: Retained[] = []
  #current: Epoch | null = null

  constructor(options: EpochSetOptions) {
    this.#options = options
  }

  /** What we send with; null: nothing was completed yet. */
  get current(): Epoch | null {
    return this.#current
  }

  get size(): number {
    return this.#retained.length
  }

  /** It may receive from now on; it is sent with only after `use`. */
  add(epoch: Epoch): void {
    this.#retained.push({ epoch, timer: null, isLeaving: false })
    if (this.#retained.length > MAX_EPOCHS) {
      const oldest = this.#retained.find(({ epoch: one }) => one !== this.#current)
      if (oldest !== undefined) this.erase(oldest.epoch)
    }
  }

  /** It came from a record, and only receives until `forMs` from now are over. */
  restore(epoch: Epoch, forMs: number): void {
    const timer = this.#options.clock.setTimer(() => this.erase(epoch), forMs)
    this.#retained.unshift({ epoch, timer, isLeaving: true })
  }

  /** The peer has its keys, too. Of two that crossed, the one begun by the lower node id is sent with. */
  use(epoch: Epoch): void {
    epoch.isConfirmed = true
    const rival = this.#current
    if (rival === epoch) return
    if (rival?.hasCrossed(epoch) === true) {
      const preferred = epoch.isOurs === this.#options.isLower ? epoch : rival
      this.#current = preferred
      return
    }
    this.#current = epoch
  }

  /**
   * A frame under it has opened: what the peer sealed with older ones may still be under way. Where mail takes hours, handshakes of
   * both sides may end in another order here than there, and the peer go on with either: they go when what comes next is heard.
   */
  heard(epoch: Epoch): void {
    if (epoch.isHeard) return
    epoch.isHeard = true
    for (const other of this.#retained) {
      const isOlder = other.epoch !== epoch && other.epoch !== this.#current && !other.epoch.hasCrossed(epoch)
      if (isOlder) this.#retire(other, epoch.madeMs - other.epoch.madeMs)
    }
  }

  erase(epoch: Epoch, isForGood = true): void {
    const at = this.#retained.findIndex((one) => one.epoch === epoch)
    if (at < 0) return
    const [{ timer }] = this.#retained.splice(at, 1) as [Retained]
    timer?.[Symbol.dispose]()
    if (this.#current === epoch) this.#current = null
    epoch.erase()
    this.#options.onErased(epoch, isForGood)
  }

  /** `isForGood`: nothing of them is wanted after a restart. */
  close(isForGood: boolean): void {
    for (const { epoch } of [...this.#retained]) this.erase(epoch, isForGood)
  }

  /** It only receives from now on, and not for ever: by fast transports for minutes. `olderMs`: than what the peer sends with now. */
  #retire(retained: Retained, olderMs: number): void {
    const { epoch } = retained
    const { clock, slow } = this.#options
    const { protocols, maxLatencyMs } = slow()
    const slowMs = maxLatencyMs + SLOW_RETENTION_EXTRA_MS
    if (olderMs < 0 || retained.isLeaving) return
    const isLast = protocols.length === 0 || olderMs > slowMs
    retained.isLeaving = isLast
    retained.timer?.[Symbol.dispose]()
    retained.timer = clock.setTimer(() => {
      if (protocols.length === 0) return this.erase(epoch)
      epoch.keepOnly(protocols)
      retained.timer = isLast ? clock.setTimer(() => this.erase(epoch), slowMs) : null
    }, FAST_RETENTION_MS)
  }
}
