import { conformanceCases, factsOf, type SimStyle, simHarness } from '@postern/transport-testkit'
import { describe, test } from 'vitest'

const STYLES: readonly SimStyle[] = ['datagram', 'stream', 'letter']

for (const style of STYLES) {
  const harness = simHarness({ style })
  const { traits } = await factsOf(harness)
  describe(`simulated ${style}s`, () => {
    for (const one of conformanceCases)
      test.skipIf(!one.appliesTo(traits))(`${one.clause}: ${one.title}`, () => one.run(harness))
  })
}
