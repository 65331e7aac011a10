export { Admission, type AdmissionLimits } from './admission.js'
export { checkMessage } from './check-message.js'
export { type Clock, systemClock, type Timer } from './clock.js'
export { ConfigSection } from './config-section.js'
export { type ContractBreach, checkContract } from './contract-check.js'
export { checkContractVersion } from './contract-version.js'
export { ConfigError, TRANSPORT_ERROR_CODES, TransportError, type TransportErrorCode } from './errors.js'
export { type AdvertisedOptions, advertisedAddresses, MAX_ADVERTISED_ADDRESSES } from './inet/advertised-addresses.js'
export { type BindAllOptions, type Bound, bindAll } from './inet/bind-all.js'
export {
  decodeInetAddress,
  encodeInetAddress,
  formatInetAddress,
  type InetAddress,
  inetSource,
  parseInetAddress,
} from './inet/inet-address.js'
export { InetAddressing, type InetAddressingOptions, interfaceAddresses } from './inet/inet-addressing.js'
export { type Advertise, type InetSettings, readInetSettings } from './inet/inet-settings.js'
export { InterfaceWatch, type InterfaceWatchOptions, WATCH_MS } from './inet/interface-watch.js'
export {
  type AddressRefusal,
  type InterfaceAddress,
  NetworkPolicy,
  type NetworkPolicyOptions,
} from './inet/network-policy.js'
export { errorCode, listenError } from './inet/socket-errors.js'
export { type LogFields, type Logger, silentLog } from './log.js'
export { type RandomSource, systemRandom } from './random.js'
export { holdSession, type SessionHold } from './session-hold.js'
export { type SessionFace, SessionOwner, type SessionRemote } from './session-owner.js'
export { type SessionLife, SessionTable, type SessionTableOptions } from './session-table.js'
export {
  openTransport,
  type StandaloneMessage,
  type StandaloneNode,
  type StandaloneOptions,
  type StandaloneSession,
} from './standalone.js'
export { DROP_REPORT_MS, TrafficCounters } from './traffic-counters.js'
export type { TransportTraits } from './traits.js'
export {
  CONTRACT_VERSION,
  type ConnectOptions,
  type CoreAPIForTransport,
  type InitTransport,
  type Message,
  type MessagePack,
  type Provenance,
  type Transport,
  type TransportEnv,
  type TSession,
} from './transport.js'
export { entryOf, transportEntry } from './transport-entry.js'
export type { AddressFailed, Dropped, SessionEnded, SessionEndReason, TransportEvent } from './transport-event.js'
export { Turns } from './turns.js'
