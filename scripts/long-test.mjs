// `npm run soak`, `npm run world`: tests that also run in `npm test`, with the numbers that take too long there.
//   node scripts/long-test.mjs frames|nodes [VALUE]
import { spawnSync } from 'node:child_process'
import { root } from './workspace.mjs'

const LONG = {
  // A million frames before a late mail.
  frames: { test: 'test/link/epochs', variable: 'POSTERN_SOAK', value: '1' },
  // Nodes and minutes: 200 of which a tenth goes and comes every minute, for two.
  nodes: { test: 'test/world/many', variable: 'POSTERN_WORLD', value: '200,2', heapMib: 8_000 },
}

const [name, given] = process.argv.slice(2)
const long = LONG[name]
if (long === undefined) {
  console.error(`usage: node scripts/long-test.mjs ${Object.keys(LONG).join('|')} [VALUE]`)
  process.exit(2)
}
const { status } = spawnSync(`${root}node_modules/.bin/vitest`, ['run', '--project', 'core', long.test], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    [long.variable]: given ?? long.value,
    ...(long.heapMib !== undefined && { NODE_OPTIONS: `--max-old-space-size=${long.heapMib}` }),
  },
})
process.exitCode = status ?? 1
