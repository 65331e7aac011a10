import { runConformance, type SimStyle, simHarness } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'

/** Every fate of every packet of the whole suite, and what became of each case. */
async function historyOf(style: SimStyle, seed: number): Promise<readonly string[]> {
  const lines: string[] = []
  const { problem } = await runConformance(simHarness({ style, trace: (line) => lines.push(line) }), {
    seed,
    onResult: ({ clause, outcome, seen }) => lines.push(`${clause} ${outcome} ${seen}`),
  })
  expect(problem).toBeNull()
  return lines
}

describe.each<SimStyle>(['datagram', 'stream', 'letter'])(
  '7/determinism: the whole suite over simulated %ss',
  (style) => {
    test('three runs with one seed are one history', async () => {
      const first = await historyOf(style, 7)
      expect(first.length).toBeGreaterThan(1_000)
      for (let run = 2; run <= 3; run += 1) expect((await historyOf(style, 7)).join('\n')).toBe(first.join('\n'))
    })

    test('another seed is another history, in which every promise is kept, too', async () => {
      const [one, other] = [await historyOf(style, 7), await historyOf(style, 0xffff_ffff)]
      expect(other.join('\n') === one.join('\n')).toBe(false)
      expect(other.filter((line) => / broken expected /.test(line))).toEqual([])
    })
  },
)
