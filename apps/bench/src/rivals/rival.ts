/** Who is compared: each a program that makes links in a process of its own, and what of its answer counts. */

import { askChild } from '../ask-child.js'
import { readSampleAnswer, type SampleAnswer, sampleArguments } from '../link/sample-protocol.js'
import type { Trial } from '../link/trial.js'

export interface Rival {
  readonly name: string
  /** Of the answer: from the first call to the first octet at the other node's handler. */
  readonly measure: string
  links(runs: number): Promise<SampleAnswer>
}

/** What the others are held against: the same kind of socket, a handshake before the first message. */
export const REFERENCE = 'Postern tcp, ready'

/** Hundreds of links in one process, some of them slow. */
const CHILD_LIMIT_MS = 120_000

/** `script` is the CLI's own file. */
export function postern(script: string): readonly Rival[] {
  const ours = (door: string, trial: Trial, measure: string): Rival =>
    rival(`Postern ${door}, ${trial}`, measure, script, (runs) => sampleArguments({ door, trial, runs }))
  return [
    ours('tcp', 'ready', 'first-byte'),
    ours('tcp', 'early', 'early'),
    ours('udp', 'ready', 'first-byte'),
    ours('udp', 'early', 'early'),
  ]
}

/** js-libp2p as it comes, and with the first data ahead of the agreement on a protocol. */
export function rivalsOf(script: string): readonly Rival[] {
  return ['default', 'optimistic'].map((kind) =>
    rival(`js-libp2p tcp, ${kind}`, 'first-byte', script, (runs) => [kind, String(runs)]),
  )
}

function rival(name: string, measure: string, script: string, values: (runs: number) => readonly string[]): Rival {
  return {
    name,
    measure,
    async links(runs) {
      const answer = readSampleAnswer(await askChild(name, script, values(runs), CHILD_LIMIT_MS), runs)
      if (answer === null) throw new Error(`${name}: the child process answered nonsense`)
      return answer
    },
  }
}
