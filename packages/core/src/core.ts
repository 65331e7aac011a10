/** The public face of a node: its transports, its card, and who gets which message (DESIGN section 4). */
import type { Identity, NodeId } from '@postern/crypto'
import type { MessageType } from '@postern/helo'
import { silentLog, systemClock, systemRandom, type TransportEnv } from '@postern/transport-api'
import { type CardOptions, CardWriter } from './card-writer.js'
import type { CoreEvent } from './core-event.js'
import { CoreError, messageOf } from './errors.js'
import { EventHub, type Watcher } from './event-hub.js'
import { Dispatcher } from './messages/dispatcher.js'
import type { HandlerOptions, MessageHandler } from './messages/received-message.js'
import type { Load } from './transports/plugin-loader.js'
import type { TransportChoice } from './transports/transport-choice.js'
import { TransportRegistry } from './transports/transport-registry.js'
import type { TransportState } from './transports/transport-state.js'

export interface CoreOptions {
  readonly identity: Identity
  /** By name, as in the sections of a configuration file. */
  readonly transports: Readonly<Record<string, TransportChoice>>
  /** The machine's own clock and chance, and no log, where left out. */
  readonly env?: Partial<Omit<TransportEnv, 'config'>>
  /** `(specifier) => import(specifier)`: needed for transports that are given by name alone. */
  readonly load?: Load
}

export interface Core extends AsyncDisposable {
  readonly nodeId: NodeId
  /** In the order in which they were asked for. */
  readonly transports: readonly TransportState[]
  /** `postern:card:…`, to be given to others: how we can be reached now. Throws ERR_VALIDITY, ERR_CLOSED. */
  card(options?: CardOptions): string
  /** One handler for a type, until the registration is disposed of. Throws ERR_TYPE_INVALID, ERR_TYPE_TAKEN, ERR_CLOSED. */
  on(type: MessageType, handler: MessageHandler, options?: HandlerOptions): Disposable
  /** Tells first, but not from inside this call, which transports are disabled. Throws ERR_CLOSED. */
  watch(handler: Watcher): Disposable
  /** Totals by name; monotonic. What came in is `received` (handed on) or `dropped.in.REASON`. */
  counters(): Readonly<Record<string, number>>
  /** Stops every transport. Idempotent; never rejects: who watches hears of a transport that could not stop. */
  close(): Promise<void>
}

/** A started core. A transport that failed stands in `core.transports` with its reason; it fails alone. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const core = new RunningCore(options)
  await core.start()
  return core
}

class RunningCore implements Core {
  readonly nodeId: NodeId
  readonly #hub: EventHub
  readonly #dispatcher: Dispatcher
  readonly #registry: TransportRegistry
  readonly #cards: CardWriter
  #closing: Promise<void> | null = null

  constructor({ identity, transports, env: given = {}, load }: CoreOptions) {
    const { clock = systemClock, random = systemRandom, log = silentLog } = given
    this.nodeId = identity.nodeId
    this.#hub = new EventHub(log)
    this.#dispatcher = new Dispatcher(log)
    this.#cards = new CardWriter({
      identity,
      clock,
      failed: (transport, message) => {
        log.error('transport.bad-helo', { transport, error: message })
        this.#hub.emit({ kind: 'transport-error', transport, member: 'createHELO', message })
      },
    })
    this.#registry = new TransportRegistry({
      transports,
      load: load ?? null,
      env: { clock, random, log },
      nodeId: identity.nodeId,
      dispatcher: this.#dispatcher,
      hub: this.#hub,
    })
  }

  start(): Promise<void> {
    return this.#registry.start()
  }

  get transports(): readonly TransportState[] {
    return this.#registry.states
  }

  card(options: CardOptions = {}): string {
    this.#requireOpen()
    return this.#cards.write(this.#registry.running, options)
  }

  on(type: MessageType, handler: MessageHandler, options?: HandlerOptions): Disposable {
    this.#requireOpen()
    return this.#dispatcher.on(type, handler, options)
  }

  watch(handler: Watcher): Disposable {
    this.#requireOpen()
    const disabled = this.transports.flatMap(({ name, reason }): CoreEvent[] =>
      reason === undefined ? [] : [{ kind: 'transport-disabled', transport: name, reason }],
    )
    return this.#hub.watch(handler, disabled)
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#registry.counters(), 'handlers.rejected': this.#dispatcher.rejected }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Messages are handed on until their transport has stopped: what was accepted is not lost in silence. */
  async #close(): Promise<void> {
    const reason = { code: 'ERR_CLOSED', message: 'the core was closed' } as const
    await this.#registry.stop(reason, (transport, error) => {
      const member = 'stopTransportServer'
      this.#hub.emit({ kind: 'transport-error', transport, member, message: messageOf(error) })
    })
    this.#hub.clear()
  }

  #requireOpen(): void {
    if (this.#closing !== null) throw new CoreError('ERR_CLOSED', 'the core was closed')
  }
}
