// The relay is killed a hundred times under load (or as often as asked: `npm run relay-crash -- 500`); every mail that it answered
// with 250 must arrive. `npm test` does the same ten times.
import { spawnSync } from 'node:child_process'
import { root } from './workspace.mjs'

const kills = process.argv[2] ?? '100'
if (!/^[1-9]\d{0,3}$/.test(kills)) {
  console.error('usage: npm run relay-crash -- [KILLS, 1 to 9999]')
  process.exit(2)
}
const vitest = `${root}node_modules/.bin/vitest`
const { status } = spawnSync(vitest, ['run', '--project', 'transport-smtp', 'test/relay/crash'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, POSTERN_RELAY_KILLS: kills },
})
process.exitCode = status ?? 1
