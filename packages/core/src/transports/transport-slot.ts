/**
 * One transport from the wish to its end: loaded, made, checked, started, stopped. Whatever it does wrong disables it alone
 * (DESIGN section 2) and is kept as a sentence for the operator.
 */
import { ConfigSection, checkContract, entryOf, type Transport, type TransportEnv } from '@postern/transport-api'
import { CoreError, messageOf } from '../errors.js'
import { INIT_TIMEOUT_MS, START_TIMEOUT_MS, STOP_TIMEOUT_MS } from '../limits.js'
import { withDeadline } from './deadline.js'
import { type Load, loadEntry } from './plugin-loader.js'
import { readChoice } from './transport-choice.js'
import type { TransportPort } from './transport-port.js'
import { type DisabledReason, reasonOf, type TransportState } from './transport-state.js'

export interface SlotOptions {
  readonly name: string
  /** As the program wrote it; not checked yet. */
  readonly choice: unknown
  readonly load: Load | null
  readonly port: TransportPort
  readonly env: Omit<TransportEnv, 'config'>
}

type Phase =
  | { readonly at: 'wished' }
  | { readonly at: 'made'; readonly transport: Transport }
  | { readonly at: 'running'; readonly transport: Transport; readonly state: TransportState }
  | { readonly at: 'disabled'; readonly reason: DisabledReason }

export class TransportSlot {
  readonly name: string
  readonly #options: SlotOptions
  #phase: Phase = { at: 'wished' }
  #label: string

  constructor(options: SlotOptions) {
    this.#options = options
    this.name = options.name
    this.#label = `transport ${options.name}`
  }

  /** `transport udp (@postern/transport-udp)`. */
  get label(): string {
    return this.#label
  }

  get state(): TransportState {
    const { name } = this
    if (this.#phase.at === 'running') return this.#phase.state
    if (this.#phase.at === 'disabled') return { name, state: 'disabled', reason: this.#phase.reason }
    return { name, state: 'disabled', reason: { code: 'ERR_NOT_STARTED', message: `${this.#label}: not started yet` } }
  }

  /** Made and not disabled; it may not have started yet. */
  get transport(): Transport | null {
    return this.#phase.at === 'made' || this.#phase.at === 'running' ? this.#phase.transport : null
  }

  disable(reason: DisabledReason): void {
    this.#phase = { at: 'disabled', reason }
    this.#options.port.shut('transport-disabled')
    this.#options.env.log.error('transport.disabled', { transport: this.name, ...reason })
  }

  /** Loads and makes the transport. Never rejects: failing disables it. */
  async make(): Promise<void> {
    try {
      const { name, choice, load, port, env } = this.#options
      const request = readChoice(name, choice)
      const { init, origin } = await this.#within(INIT_TIMEOUT_MS, 'loading it', () => loadEntry(request, load))
      this.#label = `transport ${name} (${origin})`
      const config = new ConfigSection(name, request.settings)
      const made = await this.#within(INIT_TIMEOUT_MS, entryOf(name), () => init(port.api, { ...env, config }))
      this.#phase = { at: 'made', transport: this.#checked(made) }
    } catch (error) {
      this.disable(reasonOf(error, 'ERR_TRANSPORT_INIT', `${this.#label}: ${entryOf(this.name)} failed`))
    }
  }

  /** Starts a transport that was made. Never rejects: failing disables it. */
  async start(): Promise<void> {
    if (this.#phase.at !== 'made') return
    const { transport } = this.#phase
    const starting = Promise.resolve().then(() => transport.startTransportServer())
    try {
      await this.#within(START_TIMEOUT_MS, 'startTransportServer', () => starting)
      const { protocolNumber, mtu, cost, traits } = transport
      this.#phase = {
        at: 'running',
        transport,
        state: { name: this.name, state: 'running', protocolNumber, mtu, cost, traits },
      }
    } catch (error) {
      this.disable(reasonOf(error, 'ERR_TRANSPORT_START', `${this.#label}: startTransportServer failed`))
      await this.#stopQuietly(transport)
      // If it comes up after all, nobody waits for it any more.
      starting.then(() => this.#stopQuietly(transport)).catch(() => {})
    }
  }

  /** Stops a transport that was made. Rejects with what its stop did wrong; it counts as stopped then, too. */
  async stop(reason: DisabledReason): Promise<void> {
    const { transport } = this
    if (transport === null) return this.#options.port.shut('closed')
    try {
      await this.#within(STOP_TIMEOUT_MS, 'stopTransportServer', () => transport.stopTransportServer())
    } finally {
      this.#phase = { at: 'disabled', reason }
      this.#options.port.shut('closed')
    }
  }

  /** After a failed start half of it may be listening. */
  async #stopQuietly(transport: Transport): Promise<void> {
    try {
      await this.#within(STOP_TIMEOUT_MS, 'stopTransportServer', () => transport.stopTransportServer())
    } catch (error) {
      this.#options.env.log.warn('transport.stop-failed', { transport: this.name, error: messageOf(error) })
    }
  }

  #checked(made: Transport | null): Transport {
    if (made === null) {
      const text = `${this.#label}: ${entryOf(this.name)} returned null: it cannot run with these settings`
      throw new CoreError('ERR_TRANSPORT_REFUSED', text)
    }
    const breach = checkContract(made)
    if (breach === null) return made
    const { member, expected, found } = breach
    throw new CoreError('ERR_TRANSPORT_CONTRACT', `${this.#label}: ${member}: expected ${expected}, found ${found}`)
  }

  #within<T>(limitMs: number, member: string, work: () => T | Promise<T>): Promise<T> {
    return withDeadline({ clock: this.#options.env.clock, limitMs, what: `${this.#label}: ${member}` }, work)
  }
}
