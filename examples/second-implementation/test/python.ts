/** Runs peer.py, on machines that have what it needs: Python 3.9 with the package `cryptography`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const PEER = fileURLToPath(new URL('../peer.py', import.meta.url))
const PROBE = 'import sys, cryptography; sys.exit(sys.version_info < (3, 9))'
/** Debian's own is the one that python3-cryptography serves, whatever else comes first in the PATH. */
const CANDIDATES = ['python3', '/usr/bin/python3']

export function findPython(): string | null {
  return CANDIDATES.find((one) => spawnSync(one, ['-c', PROBE], { stdio: 'ignore' }).status === 0) ?? null
}

export interface Run {
  /** Printed so far. */
  readonly lines: readonly string[]
  /** The next line it prints that begins so; rejects when it ends without. */
  line(start: string): Promise<string>
  /** Its exit code. */
  readonly exited: Promise<number | null>
}

/** It ends by itself, within ten seconds; with the test at the latest. */
export function runPeer(python: string, args: readonly string[]): Run {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
  const child: ChildProcess = spawn(python, [PEER, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let isOver = false
  const wake = (): void => {
    for (const look of [...waiting]) look()
  }
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      isOver = true
      wake()
      resolve(code)
    })
  })
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line)
    wake()
  })
  const line = (start: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((one) => one.startsWith(start))
        if (found === undefined && !isOver) return
        waiting.delete(look)
        if (found === undefined) reject(new Error(`the peer ended without "${start}":\n${lines.join('\n')}`))
        else resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { lines, line, exited }
}
