// `npm test`: every check there is, cheap ones first, with the time each took. Goes on after a failure and fails at the end,
// so that one run tells all. The workspace is installed already (scripts/pnpm.mjs).
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { root, workspacePackages } from './workspace.mjs'

const bin = (name, ...args) => [`${root}node_modules/.bin/${name}`, args]
const script = (name) => [process.execPath, [`${root}scripts/${name}.mjs`]]

const published = workspacePackages().filter(({ manifest }) => manifest.private !== true)

const STEPS = [
  { name: 'format and lint', commands: [bin('biome', 'ci', '--diagnostic-level=warn', '--error-on-warnings', '.')] },
  { name: 'types', commands: [bin('tsc', '--noEmit')] },
  { name: 'type-aware lint', commands: [bin('oxlint', '--type-aware', '--deny-warnings')] },
  { name: 'layers', commands: [script('check-layers')] },
  { name: 'versions', commands: [bin('sherif', '--fail-on-warnings')] },
  { name: 'unused code', commands: [bin('knip')] },
  { name: 'build', commands: [bin('turbo', 'run', 'build', '--output-logs=errors-only')] },
  { name: 'package shape', commands: published.map(({ path }) => bin('publint', '--strict', '--pack', 'false', path)) },
  { name: 'tests', commands: [bin('vitest', 'run')] },
  { name: 'fuzz', commands: [[process.execPath, [`${root}scripts/fuzz.mjs`, '--inputs', '2000']]] },
  { name: 'artefacts', commands: [script('check-artefacts')] },
]

mkdirSync(`${root}.cache`, { recursive: true })
rmSync(`${root}.cache/vitest-report.json`, { force: true })
const failed = []
const started = performance.now()
for (const step of STEPS) {
  const from = performance.now()
  console.log(`\n== ${step.name}`)
  let ok = true
  for (const [command, args] of step.commands) ok = (await succeeds(command, args)) && ok
  console.log(`== ${step.name}: ${ok ? 'ok' : 'FAILED'}, ${seconds(from)} s`)
  if (!ok) failed.push(step.name)
}
console.log(`\n${failed.length === 0 ? 'all checks passed' : `FAILED: ${failed.join(', ')}`} in ${seconds(started)} s`)
process.exitCode = failed.length === 0 ? 0 : 1

function succeeds(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code === 0))
  })
}

function seconds(from) {
  return ((performance.now() - from) / 1_000).toFixed(1)
}
