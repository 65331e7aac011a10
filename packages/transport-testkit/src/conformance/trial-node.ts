/** One node of a case: a core that watches, and an instance of the transport under test. */
import { AssertionError } from 'node:assert'
import type { Helo, HeloDraft } from '@postern/helo'
import {
  CONTRACT_VERSION,
  checkContract,
  type Message,
  silentLog,
  type Transport,
  type TransportEnv,
  type TSession,
} from '@postern/transport-api'
import { nodeKeys } from './node-keys.js'
import type { Trial } from './trial.js'
import { WatchfulCore } from './watchful-core.js'

export interface NodeOptions {
  /** True when left out. */
  readonly reachable?: boolean
  /** True when left out. */
  readonly started?: boolean
  /** Of the contract, as the core says it. */
  readonly version?: number
  /** What the instance is given besides its settings, where a case must see more of it. */
  readonly env?: Partial<Omit<TransportEnv, 'config'>>
}

const SEED_OCTETS = 32

export class TrialNode {
  readonly core: WatchfulCore
  readonly transport: Transport
  readonly #trial: Trial

  private constructor(trial: Trial, core: WatchfulCore, transport: Transport) {
    this.#trial = trial
    this.core = core
    this.transport = transport
  }

  static async make(
    trial: Trial,
    { reachable = true, version = CONTRACT_VERSION, env }: NodeOptions,
  ): Promise<TrialNode> {
    const { clock, random } = trial
    const core = new WatchfulCore(nodeKeys(random.bytes(SEED_OCTETS)), { clock, version, inside: trial.inside })
    const given = { clock, random: random.fork(), log: silentLog, ...env }
    const transport = await trial.prepared('a transport from its init', () =>
      trial.world.make(core, given, { reachable }),
    )
    if (typeof transport === 'object' && transport !== null) return new TrialNode(trial, core, transport)
    const message = `expected a transport from its init; seen: ${checkContract(transport)?.found}`
    throw new AssertionError({ message })
  }

  /** Its advertisements. AssertionError when there are none. */
  drafts(): readonly HeloDraft[] {
    const drafts = this.transport.createHELO()
    if (drafts === null || drafts.length === 0) {
      const message = `expected createHELO of a started, reachable node to give a draft; seen: ${drafts === null ? 'null' : 'none'}`
      throw new AssertionError({ message })
    }
    return drafts
  }

  draft(): HeloDraft {
    return this.drafts()[0]!
  }

  /** A session to `peer` by its first advertisement. */
  connect(peer: TrialNode): Promise<TSession> {
    return this.dial(peer.core.helo(peer.draft(), this.#trial.clock.now()))
  }

  dial(helo: Helo): Promise<TSession> {
    return this.#trial.settled(
      'connect',
      this.core.during('connect', () => this.transport.connect(helo)),
    )
  }

  send(tsession: TSession, message: Message): boolean {
    return this.core.during('send', () => this.transport.send(tsession, message))
  }

  /** Waits until core has been given so many messages. */
  receives(count: number): Promise<void> {
    const { received } = this.core
    return this.#trial.until(
      `${count} message${count === 1 ? '' : 's'} to arrive`,
      () => received.length >= count,
      () => `${received.length}`,
    )
  }
}
