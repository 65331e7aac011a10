/**
 * Notices that this machine has moved: while a transport runs, what it would advertise is compared with what it was before, and what it
 * listens on with what the machine still has. Says so, binds nothing anew, and never from inside a call of core.
 */
import type { HeloDraft } from '@postern/helo'
import type { Clock, Timer } from '../clock.js'
import type { Logger } from '../log.js'
import { type InetAddress, isUnspecified } from './inet-address.js'
import type { InetSettings } from './inet-settings.js'
import { errorCode } from './socket-errors.js'

/**
 * Node has no notification of changed interfaces: they are asked for. 5 s, because a path is given up after some seconds of silence, and
 * peers should hear the new address about then; a look takes less than 1 ms.
 */
export const WATCH_MS = 5_000

export interface InterfaceWatchOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly settings: Pick<InetSettings, 'advertise' | 'interfaces'>
  /** `createHELO` of the transport. */
  readonly drafts: () => readonly HeloDraft[] | null
  /** The drafts are others now, whatever their order. Called only where the operator left it to us to advertise. */
  readonly onChanged: () => void
}

export class InterfaceWatch {
  readonly #options: InterfaceWatchOptions
  #timer: Timer | null = null
  /** null: not known yet, or not ours to know. */
  #advertised: string | null = null
  /** What we listen on, unless it is everything, each with whether the machine had it when we last looked. */
  readonly #chosen = new Map<string, boolean>()

  constructor(options: InterfaceWatchOptions) {
    this.#options = options
  }

  /** `bound` is what the transport listens on now. Sets no timer when nothing of it can change. */
  start(bound: readonly InetAddress[]): void {
    const { clock, settings } = this.#options
    this.stop()
    for (const { host } of bound) if (!isUnspecified(host)) this.#chosen.set(host, false)
    if (bound.length === 0 || (settings.advertise !== 'auto' && this.#chosen.size === 0)) return
    this.#look()
    this.#timer = clock.setTimer(() => {
      // Before looking: whoever is told may stop us.
      this.#timer?.reset(WATCH_MS)
      this.#look()
    }, WATCH_MS)
  }

  /** Idempotent; no timer remains. */
  stop(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    this.#advertised = null
    this.#chosen.clear()
  }

  #look(): void {
    const seen = this.#see()
    if (seen === null) return
    this.#compareListened(seen.present)
    const before = this.#advertised
    this.#advertised = seen.advertised
    if (before !== null && before !== seen.advertised) this.#options.onChanged()
  }

  /** null: some systems do not let a program see its interfaces; then nothing is known to have changed. */
  #see(): { readonly present: ReadonlySet<string>; readonly advertised: string | null } | null {
    const { settings, drafts, log } = this.#options
    try {
      const present = new Set(settings.interfaces().map(({ address }) => address))
      return { present, advertised: settings.advertise === 'auto' ? textOf(drafts() ?? []) : null }
    } catch (error) {
      log.debug('interfaces.unreadable', { reason: errorCode(error) })
      return null
    }
  }

  /** Only what the machine once had can be gone: it also listens on addresses that no interface names, such as 127.0.0.2. */
  #compareListened(present: ReadonlySet<string>): void {
    for (const [host, had] of this.#chosen) {
      const has = present.has(host)
      this.#chosen.set(host, has)
      if (had && !has)
        this.#options.log.warn('listen.address-gone', { host, advice: 'nobody can reach us there; see `listen`' })
    }
  }
}

function textOf(drafts: readonly HeloDraft[]): string {
  return drafts
    .map(({ mtu, senderAddress }) => `${senderAddress.join('.')} ${mtu}`)
    .toSorted()
    .join(', ')
}
