/**
 * Whether the server can be spoken to. While it cannot, one mail at a time is a probe, and between probes there is a back-off:
 * a thousand recipients do not knock a thousand times. Knows nothing of recipients.
 */
import type { Clock, RandomSource, Timer } from '@postern/transport-api'
import { backOffMs } from './back-off.js'

type State =
  | { readonly at: 'up' }
  | { readonly at: 'down'; readonly failures: number; readonly timer: Timer }
  /** The back-off is over; `probe` is under way, or null: whoever comes first is it. */
  | { readonly at: 'probing'; readonly failures: number; readonly probe: object | null }

export interface ServerStateOptions {
  readonly clock: Clock
  readonly random: RandomSource
  /** A probe may leave. */
  readonly onDue: () => void
}

/** Is a `later` for this reason the server's doing, rather than the mailbox's or the mail's? */
export function isServerFault(reason: string): boolean {
  return !reason.startsWith('code-') || reason === 'code-421'
}

export class ServerState {
  readonly #options: ServerStateOptions
  #state: State = { at: 'up' }

  constructor(options: ServerStateOptions) {
    this.#options = options
  }

  get isUp(): boolean {
    return this.#state.at === 'up'
  }

  /** May a mail leave now? */
  get isOpen(): boolean {
    return this.#state.at === 'up' || (this.#state.at === 'probing' && this.#state.probe === null)
  }

  /** `by`, whatever stands for a mail, leaves now; only when open. */
  leaves(by: object): void {
    if (this.#state.at === 'probing') this.#state = { ...this.#state, probe: by }
  }

  /** The server answered. */
  answered(): void {
    this.stop()
    this.#state = { at: 'up' }
  }

  /** It did not. Failures of mails that left before the probe say nothing new. */
  failed(by: object): void {
    if (this.#state.at === 'up') this.#rest(1)
    else if (this.#state.at === 'probing' && this.#state.probe === by) this.#rest(this.#state.failures + 1)
  }

  /** Leaves no timer behind. */
  stop(): void {
    if (this.#state.at === 'down') this.#state.timer[Symbol.dispose]()
  }

  #rest(failures: number): void {
    const { clock, random, onDue } = this.#options
    const due = (): void => {
      this.#state = { at: 'probing', failures, probe: null }
      onDue()
    }
    this.#state = { at: 'down', failures, timer: clock.setTimer(due, backOffMs(failures, random)) }
  }
}
