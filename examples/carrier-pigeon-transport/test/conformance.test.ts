/** The published suite, over this transport on a real disk. */
import { conformanceCases, factsOf } from '@postern/transport-testkit'
import { test } from 'vitest'
import { harness } from './conformance/harness.js'

const { traits } = await factsOf(harness)

for (const one of conformanceCases)
  test.skipIf(!one.appliesTo(traits))(`${one.clause}: ${one.title}`, () => one.run(harness))
