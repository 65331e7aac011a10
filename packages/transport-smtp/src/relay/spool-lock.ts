/**
 * One relay at a time in a spool: a file `lock` with the process id of who is there. What a process left that is gone, or an
 * earlier one with our own number, is taken over. Two that start in the same instant after a crash are not told apart for certain.
 */
import { readFile, realpath, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, errorCode } from '@postern/transport-api'

export interface SpoolLock {
  /** Never rejects, idempotent. */
  release(): Promise<void>
}

/** By this process: its own number in a file proves nothing after a restart in a container. */
const held = new Set<string>()

/** Throws ConfigError when another relay is there. */
export async function lockSpool(section: string, directory: string): Promise<SpoolLock> {
  const path = join(await realpath(directory), 'lock')
  const inUse = (pid: number): ConfigError =>
    new ConfigError(section, 'spool', `${directory} is in use by a relay of process ${pid}`)
  if (held.has(path)) throw inUse(process.pid)
  held.add(path)
  try {
    if (!(await isMade(path))) {
      const pid = Number(await readFile(path, 'utf8').catch(() => ''))
      if (isAlive(pid)) throw inUse(pid)
      await unlink(path).catch(() => {})
      if (!(await isMade(path))) throw inUse(Number(await readFile(path, 'utf8').catch(() => '')))
    }
  } catch (error) {
    held.delete(path)
    throw error
  }
  return {
    release: async () => {
      if (!held.has(path)) return
      await unlink(path).catch(() => {})
      held.delete(path)
    },
  }
}

async function isMade(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}\n`, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Our own number is that of an earlier process: this one does not hold it. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: somebody else's, but there.
    return errorCode(error) !== 'ESRCH'
  }
}
