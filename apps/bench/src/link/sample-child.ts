/** The child: links in a process that has done nothing else. */
import { DOORS } from './doors.js'
import { sampleAnswer } from './sample-protocol.js'
import { runTrial, type Times, TRIALS } from './trial.js'

/** `values` as after LINK_SAMPLE. Gives the exit code. */
export async function linkSample(values: readonly string[], print: (text: string) => void): Promise<number> {
  const [name, kind, runs] = values
  const door = DOORS.find((candidate) => candidate.name === name)
  const trial = TRIALS.find((candidate) => candidate === kind)
  if (door === undefined || trial === undefined) {
    console.error(`nothing is measured as ${name} ${kind}`)
    return 2
  }
  try {
    const samples: Times[] = []
    for (let run = 0; run < Number(runs); run += 1) samples.push(await runTrial(door, trial))
    print(sampleAnswer({ samples, versions: {} }))
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return 1
  }
}
