// `npm run demo:link`: builds what the demo needs and runs it (examples/twenty-lines/src/demo.ts). The workspace is installed
// already (scripts/pnpm.mjs).
import { spawnSync } from 'node:child_process'
import { root } from './workspace.mjs'

const COMMANDS = [
  [`${root}node_modules/.bin/turbo`, ['run', 'build', '--filter=postern-twenty-lines', '--output-logs=errors-only']],
  [process.execPath, [`${root}examples/twenty-lines/dist/demo.js`]],
]
for (const [command, args] of COMMANDS) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  process.exitCode = status ?? 1
  if (status !== 0) break
}
