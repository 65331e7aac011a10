// `npm run soak`: the tests that also run in `npm test`, with the numbers that take too long there: a million frames before a late mail.
import { spawnSync } from 'node:child_process'
import { root } from './workspace.mjs'

const { status } = spawnSync(`${root}node_modules/.bin/vitest`, ['run', '--project', 'core', 'test/link/epochs'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, POSTERN_SOAK: '1' },
})
process.exitCode = status ?? 1
