// node scripts/example.mjs EXAMPLE PROGRAM [OPTION ...]: builds what a program under examples/ needs and runs it, with its exit code.
// The workspace is installed already (scripts/pnpm.mjs).
import { spawnSync } from 'node:child_process'
import { root } from './workspace.mjs'

const [example, program, ...options] = process.argv.slice(2)
const COMMANDS = [
  [`${root}node_modules/.bin/turbo`, ['run', 'build', `--filter=postern-${example}`, '--output-logs=errors-only']],
  [process.execPath, [`${root}examples/${example}/dist/${program}.js`, ...options]],
]
for (const [command, args] of COMMANDS) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  process.exitCode = status ?? 1
  if (status !== 0) break
}
