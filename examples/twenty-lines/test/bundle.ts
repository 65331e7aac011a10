/** A program of src/ for a test, from the sources of everything of ours; removed after it. */
import { bundleProgram } from 'postern-stage/bundle-program'
import { onTestFinished } from 'vitest'

export type ProgramName = 'demo' | 'friend' | 'friend-using' | 'other-side'

/** The path of its bundle. */
export async function bundle(name: ProgramName): Promise<string> {
  const { path, remove } = await bundleProgram(new URL('../', import.meta.url), name)
  onTestFinished(remove)
  return path
}
