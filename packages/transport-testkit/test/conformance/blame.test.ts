/** Who is to blame: the message of a clause is all that an author reads. */
import { mutants, runConformance } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'

const seenOf = async (name: string): Promise<string | null | undefined> => {
  const { clause, harness } = mutants.find((one) => one.name === name)!
  const { results } = await runConformance(harness, { clauses: [clause] })
  return results[0]?.seen
}

describe('7/blame', () => {
  test.each(mutants.filter(({ of }) => of === 'harness').map(({ name }) => [name]))(
    'a harness that %s is named, and the transport is not',
    async (name) => {
      expect(await seenOf(name)).toMatch(
        /^expected the harness's \S+ to happen \(it is not the transport's\): .+; seen: \d+/,
      )
    },
  )

  test('a message that arrives twice is named before another one is missed', async () => {
    expect(await seenOf('delivers short messages twice')).toMatch(
      /^expected a message \(2 octets, .*\) to arrive once; seen: it arrived 2 times, and 0 others did not arrive$/,
    )
  })

  test('who still talks after a stop reads which side it was, and how far the messages had come', async () => {
    expect(await seenOf('hands on what it was about to read when it was stopped')).toBe(
      'expected nothing to be told after a stop of the receiver, at step 1 after 20 messages (messages: 1, events: 1); seen: messages: 21, events: 1',
    )
  })
})
