/** A measurement in a process of its own: a script is started with arguments and answers on stdout. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** A child that has not answered by then is killed. */
const CHILD_LIMIT_MS = 30_000

/** Under the Node that runs us. Rejects with what the child complained of; `what` begins the sentence. */
export async function askChild(
  what: string,
  script: string,
  values: readonly string[],
  limitMs: number = CHILD_LIMIT_MS,
): Promise<string> {
  try {
    const options = { timeout: limitMs, killSignal: 'SIGKILL' } as const
    return (await promisify(execFile)(process.execPath, [script, ...values], options)).stdout
  } catch (error) {
    const { killed, stderr } = error as { readonly killed?: boolean; readonly stderr?: string }
    const reason = killed ? `no answer within ${limitMs} ms` : (stderr?.trim() ?? '') || String(error)
    throw new Error(`${what}: ${reason}`, { cause: error })
  }
}
