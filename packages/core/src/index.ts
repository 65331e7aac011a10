/** The public names of @postern/core, and what its own signatures need: a program imports this and its transports. */
export {
  type Aead,
  CryptoError,
  type CryptoErrorCode,
  createIdentity,
  exportIdentity,
  type Identity,
  importIdentity,
  type NodeId,
  type PublicIdentity,
  parseNodeId,
  shortNodeId,
} from '@postern/crypto'
export {
  FIRST_APPLICATION_TYPE,
  FIRST_PRIVATE_TYPE,
  type Helo,
  type HeloDraft,
  type MessageType,
  type ProtocolNumber,
  protocolNumber,
} from '@postern/helo'
export {
  type AddressFailed,
  type Clock,
  ConfigError,
  type ConfigSection,
  type ConnectOptions,
  type CoreAPIForTransport,
  type Dropped,
  type InitTransport,
  type LogFields,
  type Logger,
  type Message,
  type MessagePack,
  type Provenance,
  type RandomSource,
  type SessionEnded,
  type SessionEndReason,
  type Timer,
  type Transport,
  type TransportEnv,
  TransportError,
  type TransportErrorCode,
  type TransportEvent,
  type TransportTraits,
  type TSession,
} from '@postern/transport-api'
export type { CardOptions } from './advertiser.js'
export { type Core, type CoreOptions, createCore } from './core.js'
export type { CoreEvent } from './core-event.js'
export { CORE_ERROR_CODES, CoreError, type CoreErrorCode } from './errors.js'
export type { Watcher } from './event-hub.js'
export type {
  ExplainedAddress,
  ExplainedDecision,
  ExplainedPath,
  ExplainedSwitch,
  Explanation,
} from './explanation.js'
export { formatExplanation } from './format-explanation.js'
export type { Link, LinkState, SendOptions } from './link/link.js'
export type { ChoiceRule, PathHealth } from './link/path-choice.js'
export type { PathPolicy } from './link/path-policy.js'
export type { PathEnd } from './link/path-set.js'
export type { HandlerOptions, MessageHandler, ReceivedMessage } from './messages/received-message.js'
export type { AddCardOptions } from './networking.js'
export { createMemoryStore, type PeerRecord, type PeerStore } from './peer-store.js'
export type { RefusedKind } from './store/kept-records.js'
export type { RecordKind } from './store/record-kinds.js'
export type { StoreDamaged } from './store/store-damage.js'
export type { Load } from './transports/plugin-loader.js'
export type { TransportChoice } from './transports/transport-choice.js'
export type {
  DisabledReason,
  DisabledTransport,
  RunningTransport,
  TransportState,
} from './transports/transport-state.js'
