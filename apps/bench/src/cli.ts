#!/usr/bin/env node
/** `postern-bench`. A cold sample is taken in a child process that loads nothing but its contestant: hence two ways in. */
import { fileURLToPath } from 'node:url'
import { COLD_SAMPLE } from './latency/cold-protocol.js'
import { LINK_SAMPLE } from './link/sample-protocol.js'

/** A handle that somebody forgot to close does not keep us longer than this. */
const LINGER_MS = 2_000

const [first, ...rest] = process.argv.slice(2)
if (first === COLD_SAMPLE || first === LINK_SAMPLE) {
  const sample =
    first === COLD_SAMPLE
      ? (await import('./latency/cold-child.js')).coldSample
      : (await import('./link/sample-child.js')).linkSample
  let answer = ''
  const code = await sample(rest, (text) => {
    answer += text
  })
  process.stdout.write(answer, () => process.exit(code)) // the parent waits for nothing else
} else {
  const { runCli } = await import('./program.js')
  process.exitCode = await runCli(process.argv.slice(2), { script: fileURLToPath(import.meta.url) })
  setTimeout(() => process.exit(), LINGER_MS).unref()
}
