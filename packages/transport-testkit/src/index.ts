export type { ConformanceCase, RunOptions } from './conformance/case.js'
export {
  type CaseOutcome,
  type CaseResult,
  type ConformanceOptions,
  type ConformanceReport,
  conformanceCases,
  factsOf,
  runConformance,
  type TransportFacts,
} from './conformance/conformance.js'
export type {
  ConformanceHarness,
  FaultyPath,
  InstanceWish,
  PathFault,
  TransportWorld,
  WorldEnv,
} from './conformance/harness.js'
export { loopbackHosts, UNUSABLE_INET_ADDRESSES } from './conformance/loopback.js'
export { formatReports, isClean, sharedNumbers } from './conformance/report.js'
export type { ProxyHosts, ProxyTarget } from './fault-proxy/proxy-target.js'
export type { TcpFaults, TcpLaneCounters, TcpLaneFaults } from './fault-proxy/tcp-faults.js'
export { openTcpProxy, type TcpProxy, type TcpProxyCounters, type TcpProxyOptions } from './fault-proxy/tcp-proxy.js'
export type { UdpFaults, UdpLaneCounters, UdpLaneFaults } from './fault-proxy/udp-faults.js'
export { openUdpProxy, type UdpProxy, type UdpProxyCounters, type UdpProxyOptions } from './fault-proxy/udp-proxy.js'
export { type Discovery, type FuzzFailure, type FuzzOptions, FuzzRun } from './fuzz/fuzz.js'
export { type FuzzTarget, sizeClass } from './fuzz/fuzz-target.js'
export { piecesOf } from './fuzz/pieces.js'
export { type Replayed, replay } from './fuzz/replay.js'
export type { Mutant } from './mutants/mutant.js'
export { mutants } from './mutants/mutants.js'
export {
  formatMutant,
  formatMutantTrial,
  type MutantResult,
  type MutantTrial,
  tryMutants,
} from './mutants/try-mutants.js'
export { RecordingCore } from './recording-core.js'
export { type RecordingNode, type RecordingNodeOptions, recordingNode } from './recording-node.js'
export { SeededRandom } from './seeded-random.js'
export { type AdvertisingOptions, advertising } from './sim/adversaries/advertising.js'
export { delaying } from './sim/adversaries/delaying.js'
export { type FlappingOptions, flapping } from './sim/adversaries/flapping.js'
export { type Flooder, type FlooderOptions, flooder } from './sim/adversaries/flooder.js'
export { type Replayer, type ReplayerOptions, replayer } from './sim/adversaries/replayer.js'
export { type SilentAfterOptions, silentAfter } from './sim/adversaries/silent-after.js'
export { CLEAR_LANE, type LaneConditions } from './sim/lane-conditions.js'
export type { SimGate } from './sim/sim-gate.js'
export { type SimHarnessOptions, simHarness } from './sim/sim-harness.js'
export { SimNetwork, type SimNetworkOptions } from './sim/sim-network.js'
export type { SimDelivery, SimListener, SimPacket, SimSendOptions } from './sim/sim-packet.js'
export type { SimSeat } from './sim/sim-seat.js'
export { STREAM_GIVE_UP_MS } from './sim/sim-streams.js'
export type { SimStyle } from './sim/sim-style.js'
export { type SimTransportOptions, simTransport } from './sim/sim-transport.js'
export type { SimLoss, SimPassage, SimWays } from './sim/sim-ways.js'
export type { HostInitOptions, MoveOptions, SimHost } from './sim/world/sim-host.js'
export { MAX_LETTERS_IN_MAILBOX, type SimMail } from './sim/world/sim-mail.js'
export type { SimNat, SimNatKind, SimNatOptions } from './sim/world/sim-nat.js'
export { type ShapeScope, SimWorld, type SimWorldOptions } from './sim/world/sim-world.js'
export type { TapHandler, TappedPacket, TapVerdict } from './sim/world/taps.js'
export type { StoreCase, StoreRunOptions } from './store/store-case.js'
export { storeCases } from './store/store-cases.js'
export type { StoredRecord, StoreHarness, StorePlace, StoreUnderTest } from './store/store-harness.js'
export { testMessage } from './test-message.js'
export { VirtualClock } from './virtual-clock.js'
