// Runs a root task with the pinned pnpm, on a machine that has only Node and npm:
//   node scripts/pnpm.mjs TASK [OPTION ...]   =   pnpm install --frozen-lockfile, then pnpm run TASK OPTION ...
// It never installs anything outside the checkout and npm's own cache.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const pin = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).packageManager
const [task, ...options] = process.argv.slice(2)
if (task === undefined) {
  console.error('usage: node scripts/pnpm.mjs TASK [OPTION ...]')
  process.exit(2)
}

const env = {
  ...process.env,
  POSTERN_NODE_LINE: process.versions.node.split('.')[0],
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
}

function pnpm(args, stdio) {
  const done = spawnSync('npx', ['--yes', pin, ...args], { cwd: root, env, stdio, encoding: 'utf8' })
  if (done.error) throw done.error
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`)
    process.exit(done.status ?? 1)
  }
}

pnpm(['install', '--frozen-lockfile', '--prefer-offline'], ['ignore', 'pipe', 'pipe'])
pnpm(['run', '--silent', task, ...options], 'inherit')
