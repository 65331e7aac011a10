/** How the benchmark and its child processes understand each other: three arguments there, one line of JSON back. */

/** The command under which the CLI starts as a child; not for people. */
export const COLD_SAMPLE = 'cold-sample'

export interface ColdOrder {
  /** As in CONTESTANTS. */
  readonly contestant: string
  readonly octets: number
  readonly messages: number
}

export const coldArguments = ({ contestant, octets, messages }: ColdOrder): string[] => [
  COLD_SAMPLE,
  contestant,
  String(octets),
  String(messages),
]

export const coldAnswer = (totalMs: number): string => `${JSON.stringify({ totalMs })}\n`

/** null: not an answer. */
export function readColdAnswer(text: string): number | null {
  try {
    const { totalMs } = JSON.parse(text) as { totalMs?: unknown }
    return typeof totalMs === 'number' && Number.isFinite(totalMs) && totalMs > 0 ? totalMs : null
  } catch {
    return null
  }
}
