/**
 * The contract between core and a transport: Figures 2 and 3 of the paper as TypeScript. Types only; nothing here runs.
 *
 * Semantics are those of the paper's section 2: messages may be lost, repeated or reordered, and nobody waits for a slow peer.
 * What C expressed by OK and SYSERR is a boolean or null where a refusal is expected, and a TransportError where a call broke (ADR 0001).
 */
import type { NodeId } from '@postern/crypto'
import type { Helo, HeloDraft, ProtocolNumber } from '@postern/helo'
import type { Clock } from './clock.js'
import type { ConfigSection } from './config-section.js'
import type { Logger } from './log.js'
import type { RandomSource } from './random.js'
import type { TransportTraits } from './traits.js'
import type { TransportEvent } from './transport-event.js'

/** The version of this contract, in `CoreAPIForTransport.version`. */
export const CONTRACT_VERSION = 1

/** The four values of the paper's `send`, carried unchanged to the `receive` of the other side. */
export interface Message {
  /**
   * Borrowed by the transport during `send`; core's own after `receive`. Then it may be a view of a larger buffer: write to it, keep
   * it, but copy it before its buffer is transferred.
   */
  readonly msg: Uint8Array
  /** Octets, always `msg.byteLength`. */
  readonly size: number
  readonly isEncrypted: boolean
  /** u32, carried and never checked by a transport. Core: CRC-32 of `msg` in the clear, 0 when encrypted (DESIGN section 2). */
  readonly crc: number
}

/** A transport-level conversation. The opaque half of the paper's structure is #private state of the transport's own class. */
export interface TSession {
  readonly ttype: ProtocolNumber
  /** Octets; stated only when smaller than the transport's. */
  readonly mtu?: number
  /** At most 64 octets, opaque: what per-source limits and cookies key on. An address without its port; for IPv6 the /64. */
  readonly source: Uint8Array
}

/** Figure 2: what `receive` is given. "What goes in comes out" is one deep-equal on the Message part. */
export interface MessagePack extends Message {
  /** null: this transport has no sessions to answer on (mail). */
  readonly tsession: TSession | null
  /** Claimed by the remote side, not proven. */
  readonly sender: NodeId
}

/** Figure 2: what core offers a transport. Neither method is ever called from inside `send` or `connect`. */
export interface CoreAPIForTransport {
  /** CONTRACT_VERSION of the core. */
  readonly version: number
  readonly myIdentity: NodeId
  /** Never throws. */
  receive(mp: MessagePack): void
  /** Never throws. */
  event(e: TransportEvent): void
}

/**
 * Who told us an address, which core knows and a transport cannot (DESIGN section 2).
 * - `owner`: a card, or the owner over a session in the same network: private addresses of our own networks may be used;
 * - `rumour`: anybody else.
 */
export type Provenance = 'owner' | 'rumour'

export interface ConnectOptions {
  readonly signal?: AbortSignal
}

/** Figure 3: three fields and eight methods, then `traits`, `counters` and, if it likes, `destinations`. */
export interface Transport {
  readonly protocolNumber: ProtocolNumber
  /** Octets, 1 to 1 048 576: the largest `Message.size` that `send` takes on any session. */
  readonly mtu: number
  /** u32, relative: lower is preferred. */
  readonly cost: number
  readonly traits: TransportTraits
  /**
   * Totals since creation, by name; monotonic: `accepted`, `sent`, `received`, `dropped.in.*`, `dropped.out.*` (accepted, then lost)
   * and `refused.*` (`send` said false) by reason. accepted = sent + dropped.out.* + what is under way.
   */
  counters(): Readonly<Record<string, number>>
  /** True: the address is well-formed and local policy allows it. No I/O, never throws. The rest of the HELO is core's to judge. */
  verifyHelo(helo: Helo, provenance?: Provenance): boolean
  /**
   * What a flood to this address would hit, the narrowest first: `192.0.2.7`, `192.0.2.0/24`; `me@example.org`, `example.org`.
   * Used as keys of budgets, never dialled. Left out, or an empty list: the address itself. No text is empty. No I/O, never throws,
   * whatever the octets are.
   */
  destinations?(helo: Helo): readonly string[]
  /** The addresses under which we can be reached now; null: nobody can reach us this way (send-only, NAT). */
  createHELO(): readonly HeloDraft[] | null
  /** Holds = 1 more. Rejects with TransportError: ERR_ADDRESS_*, ERR_CONNECT_*, ERR_ABORTED, ERR_NOT_STARTED. */
  connect(helo: Helo, options?: ConnectOptions): Promise<TSession>
  /**
   * True: handed on, nothing promised. False: dropped here, counted by reason.
   * Throws TransportError for a caller's bug: ERR_MESSAGE_TOO_LARGE, ERR_MESSAGE_INVALID, ERR_SESSION_FOREIGN.
   */
  send(tsession: TSession, message: Message): boolean
  /**
   * Holds + 1. False: the session is gone, or cannot carry an answer. Throws ERR_SESSION_FOREIGN.
   * On a dialled session a transport says true as long as the session has a hold, or always false: core must expect either.
   */
  associate(tsession: TSession): boolean
  /** Holds − 1; at 0 everything is freed. Rejects with ERR_SESSION_NOT_HELD, ERR_SESSION_FOREIGN. */
  disconnect(tsession: TSession): Promise<void>
  /** Rejects with TransportError: ERR_LISTEN_*, naming what to change. Idempotent; after a stop it starts again. */
  startTransportServer(): Promise<void>
  /** Idempotent; afterwards no receive, event, timer or handle remains. Sessions are gone, holds may still be given back. */
  stopTransportServer(): Promise<void>
}

/** What a transport is given besides core; it takes time, chance, settings and a voice from nowhere else. */
export interface TransportEnv {
  /** This transport's own section of the configuration. */
  readonly config: ConfigSection
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
}

/**
 * The plugin entry, exported as `inittransport_XXX` (paper section 2.2). Does no I/O that outlives it.
 * null, a throw or a rejection disables this transport alone; the operator reads the reason.
 */
export type InitTransport = (
  core: CoreAPIForTransport,
  env: TransportEnv,
) => Transport | null | Promise<Transport | null>
