/** The child: the first run of a process that has done nothing else. */
import { CONTESTANTS } from '../contestants.js'
import { coldAnswer } from './cold-protocol.js'
import { totalMs } from './samples.js'

/** `values` as after COLD_SAMPLE. Gives the exit code. */
export async function coldSample(values: readonly string[], print: (text: string) => void): Promise<number> {
  const [name, octets, messages] = values
  const contestant = CONTESTANTS.find((candidate) => candidate.name === name)
  if (contestant === undefined) {
    console.error(`no contestant is called ${name}`)
    return 2
  }
  try {
    const runner = await contestant.open(Number(octets))
    try {
      print(coldAnswer(totalMs(await runner.run(Number(messages)))))
    } finally {
      await runner.close()
    }
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return 1
  }
}
