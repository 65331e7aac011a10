// `npm run conformance`: holds every transport of this repository against the suite and prints the report.
// `npm run conformance -- --mutants`: puts the suite itself on trial.
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { root } from './workspace.mjs'

/** Each exports `harness`. */
const HARNESSES = {
  udp: 'packages/transport-udp/test/conformance/harness.ts',
  tcp: 'packages/transport-tcp/test/conformance/harness.ts',
  smtp: 'packages/transport-smtp/test/conformance/harness.ts',
  pigeon: 'examples/carrier-pigeon-transport/test/conformance/harness.ts',
}
const STYLES = ['datagram', 'stream', 'letter']
const NAMES = [...Object.keys(HARNESSES), ...STYLES]
const MAX_SEED = 2 ** 32 - 1

const USAGE = `usage: npm run conformance -- [--transport NAME]... [--seed N] [--json FILE]
       npm run conformance -- --mutants [--json FILE]
  --transport NAME  only this one; may be given more than once: ${NAMES.join(', ')}
  --seed N          0 to ${MAX_SEED} (default 1)
  --mutants         try the suite on transports that each break one promise
  --json FILE       write the results to FILE as well`

const options = readOptions(process.argv.slice(2))
const suite = await import(pathToFileURL(await bundle()))
process.exitCode = options.mutants ? await tryMutants() : await tryTransports()

async function tryTransports() {
  const chosen = options.transports.length === 0 ? NAMES : options.transports
  const reports = []
  for (const name of chosen) {
    const harness = suite[name] ?? suite.simHarness({ style: name })
    if (process.stderr.isTTY) process.stderr.write(`trying ${harness.package} …\n`)
    reports.push(await suite.runConformance(harness, { seed: options.seed }))
  }
  writeJson(reports)
  console.log(suite.formatReports(reports))
  return suite.isClean(reports) ? 0 : 1
}

async function tryMutants() {
  const trial = await suite.tryMutants((result) => console.log(suite.formatMutant(result)))
  writeJson(trial)
  console.log(suite.formatMutantTrial(trial))
  const isSound = trial.untriedClauses.length === 0 && trial.results.every(({ isCaught }) => isCaught)
  return isSound ? 0 : 1
}

/** The sources of the suite and of the harnesses as one module: nothing needs to be built before. */
async function bundle() {
  const lines = [
    `export * from './packages/transport-testkit/src/index.ts'`,
    ...Object.entries(HARNESSES).map(([name, file]) => `export { harness as ${name} } from './${file}'`),
  ]
  const outfile = `${root}.cache/conformance.mjs`
  await build({
    stdin: { contents: lines.join('\n'), resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    alias: Object.fromEntries(
      ['crypto', 'helo', 'transport-api', 'transport-testkit'].map((name) => [
        `@postern/${name}`,
        `${root}packages/${name}/src/index.ts`,
      ]),
    ),
    banner: { js: `import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)` },
    logLevel: 'error',
  })
  process.setSourceMapsEnabled(true)
  return outfile
}

function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        transport: { type: 'string', multiple: true, default: [] },
        seed: { type: 'string', default: '1' },
        mutants: { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    const unknown = values.transport.find((name) => !NAMES.includes(name))
    if (unknown !== undefined) throw new Error(`unknown transport ${unknown}; known are ${NAMES.join(', ')}`)
    const seed = Number(values.seed)
    if (!/^\d+$/.test(values.seed) || seed > MAX_SEED)
      throw new Error(`--seed ${values.seed} is not from 0 to ${MAX_SEED}`)
    return { transports: values.transport, seed, mutants: values.mutants, json: values.json }
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`)
    process.exit(2)
  }
}

function writeJson(value) {
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(value, null, 2)}\n`)
}
