/** Worlds of simulated transports, for the suite to be tried on, and for whoever wants to see what a harness is. */
import { type Clock, ConfigSection, type InitTransport } from '@postern/transport-api'
import type { ConformanceHarness, FaultyPath, PathFault, TransportWorld, WorldEnv } from '../conformance/harness.js'
import type { LaneConditions } from './lane-conditions.js'
import type { SimGate } from './sim-gate.js'
import { SimNetwork } from './sim-network.js'
import type { SimStyle } from './sim-style.js'
import { simTransport } from './sim-transport.js'

export interface SimHarnessOptions {
  readonly style: SimStyle
  /** Every fate of every packet. */
  readonly trace?: (line: string) => void
  /** What stands between the suite and each instance's init; the init itself when left out. */
  readonly around?: (init: InitTransport) => InitTransport
  /** What the network takes for its clock; the world's when left out. */
  readonly networkClock?: (clock: Clock) => Clock
}

const DELAY_MS: Readonly<Record<SimStyle, number>> = { datagram: 2, stream: 2, letter: 60_000 }

export function simHarness({
  style,
  trace,
  around = (init) => init,
  networkClock = (clock) => clock,
}: SimHarnessOptions): ConformanceHarness {
  const delayMs = DELAY_MS[style]
  return {
    package: `simulated ${style}s`,
    openWorld: async ({ clock, random }: WorldEnv): Promise<TransportWorld> => {
      const network = new SimNetwork({
        clock: networkClock(clock),
        random,
        conditions: { delayMs },
        ...(trace && { trace }),
      })
      let instances = 0
      return {
        time: 'simulated',
        settleMs: 20 * delayMs,
        make: async (core, env, { reachable }) => {
          instances += 1
          const init = simTransport({ network, address: `node${instances}`, style, isReachable: reachable })
          return around(init)(core, { ...env, config: new ConfigSection('simulated', {}) })
        },
        unusableAddresses: [new Uint8Array(65), new TextEncoder().encode('no such name')],
        garble: async (senderAddress) => {
          const to = new TextDecoder().decode(senderAddress)
          for (const octets of [0, 1, 41, 300]) network.send('nobody', to, random.bytes(octets), { inOrder: false })
        },
        disturb: async (senderAddress, fault) => {
          const gate = network.openGate(new TextDecoder().decode(senderAddress))
          return pathThrough(gate, fault, delayMs)
        },
        close: async () => {},
      }
    },
  }
}

export function pathThrough(gate: SimGate, fault: PathFault, delayMs: number): FaultyPath {
  const [toTarget, toClient] = lanesWith(fault, delayMs)
  gate.setConditions(toTarget, toClient)
  return {
    senderAddress: new TextEncoder().encode(gate.address),
    act: () => {
      if (fault === 'cut') gate.break()
      else gate.setConditions({ isHeld: fault === 'stall' })
    },
  }
}

function lanesWith(fault: PathFault, delayMs: number): readonly [Partial<LaneConditions>, Partial<LaneConditions>?] {
  switch (fault) {
    case 'delay':
      return [{ delayMs: 10 * delayMs }]
    case 'loss':
      return [{ lossChance: 0.5 }]
    case 'duplicate':
      return [{ duplicateChance: 1 }]
    case 'reorder':
      return [{ jitterMs: 10 * delayMs }]
    case 'one-way':
      return [{}, { isBlocked: true }]
    case 'pieces': // a packet is the smallest piece there is; they spread out
      return [{ jitterMs: delayMs }]
    case 'stall':
    case 'cut':
      return [{}]
  }
}
