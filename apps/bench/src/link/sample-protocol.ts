/** How a child process is asked for links, and answers. js-libp2p's child (scripts/rivals) answers in the same way. */
import type { Trial } from './trial.js'

/** The command under which the CLI starts as a child; not for people. */
export const LINK_SAMPLE = 'link-sample'

export interface SampleOrder {
  readonly door: string
  readonly trial: Trial
  /** One after the other in one process: the first is cold. */
  readonly runs: number
}

export interface SampleAnswer {
  /** One for each run, in their order: ms by the name of what was measured. */
  readonly samples: readonly Readonly<Record<string, number>>[]
  /** Of what was measured, by package. */
  readonly versions: Readonly<Record<string, string>>
}

export const sampleArguments = ({ door, trial, runs }: SampleOrder): string[] => [
  LINK_SAMPLE,
  door,
  trial,
  String(runs),
]

export const sampleAnswer = (answer: SampleAnswer): string => `${JSON.stringify(answer)}\n`

/** null: not an answer with as many runs. */
export function readSampleAnswer(text: string, runs: number): SampleAnswer | null {
  try {
    const { samples, versions } = JSON.parse(text) as Partial<Record<keyof SampleAnswer, unknown>>
    if (!Array.isArray(samples) || samples.length !== runs || !samples.every(isNumbers)) return null
    return { samples, versions: isRecord(versions) && Object.values(versions).every(isText) ? versions : {} }
  } catch {
    return null
  }
}

function isNumbers(value: unknown): value is Readonly<Record<string, number>> {
  return isRecord(value) && Object.values(value).every((ms) => Number.isFinite(ms))
}

function isRecord(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isText = (value: unknown): value is string => typeof value === 'string'
