/** Transports of a world keep the whole contract, as those of a bare network do: also from behind a box, by a port forwarded to them. */
import { ConfigSection } from '@postern/transport-api'
import { type ConformanceHarness, conformanceCases, factsOf, type SimStyle, SimWorld } from '@postern/transport-testkit'
import { describe, test } from 'vitest'
import { pathThrough } from '../../../src/sim/sim-harness.js'

const DELAY_MS: Readonly<Record<SimStyle, number>> = { datagram: 2, stream: 2, letter: 60_000 }

function worldHarness(style: SimStyle, isBoxed: boolean): ConformanceHarness {
  const delayMs = DELAY_MS[style]
  return {
    package: `${style}s of a world`,
    openWorld: async ({ clock, random }) => {
      const world = new SimWorld({ seed: random.below(2 ** 32), clock, delayMs })
      world.mail.delayMs = delayMs
      let hosts = 0
      return {
        time: 'simulated',
        settleMs: 20 * delayMs,
        make: async (core, env, { reachable }) => {
          hosts += 1
          const behind = isBoxed ? world.nat(`box${hosts}`, { kind: 'symmetric' }) : null
          const init = world.host(`node${hosts}`, { behind }).init(style, { reachable, advertise: isBoxed })
          return init(core, { ...env, config: new ConfigSection('simulated', {}) })
        },
        unusableAddresses: [new Uint8Array(65), new TextEncoder().encode('no such name')],
        garble: async (senderAddress) => {
          const to = new TextDecoder().decode(senderAddress)
          for (const octets of [0, 1, 41, 300]) world.inject('nobody', to, random.bytes(octets), { style })
        },
        disturb: async (senderAddress, fault) =>
          pathThrough(world.network.openGate(new TextDecoder().decode(senderAddress)), fault, delayMs),
        close: async () => {},
      }
    },
  }
}

for (const style of ['datagram', 'stream', 'letter'] as const)
  for (const isBoxed of style === 'letter' ? [false] : [false, true]) {
    const harness = worldHarness(style, isBoxed)
    const { traits } = await factsOf(harness)
    describe(`${style}s of a world${isBoxed ? ', from behind boxes' : ''}`, () => {
      for (const one of conformanceCases)
        test.skipIf(!one.appliesTo(traits))(`${one.clause}: ${one.title}`, () => one.run(harness))
    })
  }
