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
    this.#retained.push({ epoch, timer: null })
    if (this.#retained.length > MAX_EPOCHS) {
      const oldest = this.#retained.find(({ epoch: one }) => one !== this.#current)
      if (oldest !== undefined) this.erase(oldest.epoch)
    }
  }

  /** It came from a record, and only receives until `forMs` from now are over. */
  restore(epoch: Epoch, forMs: number): void {
    this.#retained.unshift({ epoch, timer: this.#options.clock.setTimer(() => this.erase(epoch), forMs) })
  }

  /** The peer has its keys, too. Of two that crossed, the one begun by the lower node id is sent with. */
  use(epoch: Epoch): void {
    epoch.isConfirmed = true
    const rival = this.#current
    if (rival === epoch) return
    if (rival?.isCrossed && epoch.isCrossed && rival.isOurs !== epoch.isOurs) {
      const preferred = epoch.isOurs === this.#options.isLower ? epoch : rival
      this.#current = preferred
      return
    }
    this.#current = epoch
  }

  /** A frame under it has opened: what the peer sealed before may still be under way, but no more is sealed with older ones. */
  heard(epoch: Epoch): void {
    if (epoch.isHeard) return
    epoch.isHeard = true
    for (const { epoch: other, timer } of this.#retained)
      if (other !== epoch && other !== this.#current && other.begunMs <= epoch.begunMs && timer === null)
        this.#retire(other)
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

  /** It only receives from now on, and not for ever. */
  #retire(epoch: Epoch): void {
    const retained = this.#retained.find((one) => one.epoch === epoch)
    if (retained === undefined) return
    retained.timer = this.#options.clock.setTimer(() => {
      const { protocols, maxLatencyMs } = this.#options.slow()
      if (protocols.length === 0) return this.erase(epoch)
      epoch.keepOnly(protocols)
      retained.timer = this.#options.clock.setTimer(() => this.erase(epoch), maxLatencyMs + SLOW_RETENTION_EXTRA_MS)
    }, FAST_RETENTION_MS)
  }
}
