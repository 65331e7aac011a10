/** Harnesses whose faults do not happen. */
import type { PathFault, TransportWorld } from '../conformance/harness.js'
import { type Mutant, mutant } from './mutant.js'

/** What it calls a path with this fault is a path like any other. */
function without(fault: PathFault): (sound: TransportWorld) => Partial<TransportWorld> {
  return (sound) => ({
    disturb: async (senderAddress, asked) => {
      if (asked !== fault) return sound.disturb(senderAddress, asked)
      return { ...(await sound.disturb(senderAddress, 'stall')), act: () => {} } // it stalls when it acts
    },
  })
}

export const harnessMutants: readonly Mutant[] = [
  mutant({ name: 'delays nothing', clause: 'D2/harness-faults', world: without('delay') }),
  mutant({ name: 'stalls nothing', clause: 'D2/harness-faults', world: without('stall') }),
  mutant({
    name: 'stalls nothing between the ends of a stream',
    clause: 'D2/harness-faults',
    style: 'stream',
    world: without('stall'),
  }),
  mutant({ name: 'loses nothing', clause: 'D2/harness-faults', world: without('loss') }),
  mutant({ name: 'repeats nothing', clause: 'D2/harness-faults', world: without('duplicate') }),
  mutant({ name: 'lets nothing be overtaken', clause: 'D2/harness-faults', world: without('reorder') }),
  mutant({ name: 'lets answers through where nothing may come back', clause: 'P2/one-way', world: without('one-way') }),
]
