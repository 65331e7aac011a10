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
export { type SimHarnessOptions, simHarness } from './sim/sim-harness.js'
export {
  CLEAR_LANE,
  type LaneConditions,
  type SimGate,
  type SimListener,
  SimNetwork,
  type SimNetworkOptions,
  type SimSendOptions,
} from './sim/sim-network.js'
export { type SimStyle, type SimTransportOptions, simTransport } from './sim/sim-transport.js'
export { testMessage } from './test-message.js'
export { VirtualClock } from './virtual-clock.js'
