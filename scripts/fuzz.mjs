// `npm run fuzz`: random and damaged inputs for everything that reads bytes from outside (packages/*/test/fuzz/targets.ts). Fails
// when an input makes one throw or break another of its promises, takes longer than 5 s, or when memory grows.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { readCorpus, saveDiscoveries, saveInput } from './fuzz-corpus.mjs'
import { root, typescriptFiles, workspacePackages } from './workspace.mjs'

const DEFAULT_INPUTS = 100_000
const MAX_INPUTS = 1_000_000_000
/** The watchdog looks this often, and gives up when nothing has moved for so many looks: 5 s. */
const LOOK_MS = 500
const MOST_LOOKS = 10
/** Growth from the first to the last measurement that is not yet a leak: what V8 compiles later, and a little for each input. */
const GROWTH_OCTETS = 2 * 1024 * 1024
const GROWTH_OCTETS_PER_INPUT = 0.05
/** Room in the shared memory for the largest input of any target. */
const MAX_INPUT_OCTETS = 131_072

/** The numbers of a target that did not come to its end. */
const NOTHING = { inputs: 0, seconds: 0, inputsPerSecond: 0, outcomes: 0, heapGrowthOctets: 0, heapOctets: [] }

const USAGE = `usage: npm run fuzz -- [--inputs N] [--target NAME]... [--seed N] [--jobs N] [--save] [--json FILE]
  --inputs N     inputs for each target, 1 to ${MAX_INPUTS} (default ${DEFAULT_INPUTS})
  --target NAME  only this one; may be given more than once
  --seed N       0 to ${2 ** 32 - 1} (default: random; printed)
  --jobs N       targets at once, 1 to 64 (default ${defaultJobs()})
  --save         keep inputs with new outcomes under packages/*/test/corpus; those that fail are always kept
  --json FILE    write the results to FILE, after each target`

const options = readOptions(process.argv.slice(2))
setFlagsFromString('--expose-gc') // for the workers: they cannot be given flags of their own
const startedAt = new Date().toISOString()
const folders = []
const workers = new Set()
let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    isInterrupted = true
    for (const worker of workers) void worker.terminate()
  })
}

try {
  process.exitCode = await main()
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

async function main() {
  const all = (await Promise.all(fuzzedPackages().map(bundleTargets))).flat()
  const known = all.map(({ name }) => name)
  const twice = known.find((name, at) => known.indexOf(name) !== at)
  if (twice !== undefined) return refuse(`two targets are called ${twice}`)
  const unknown = options.targets.find((name) => !known.includes(name))
  if (unknown !== undefined) return refuse(`unknown target ${unknown}; known are:\n  ${known.join('\n  ')}`)
  const chosen = all.filter(({ name }) => options.targets.length === 0 || options.targets.includes(name))
  try {
    writeJson([], chosen.length)
  } catch (error) {
    return refuse(`--json: ${error.message}`)
  }
  console.log(`fuzzing ${chosen.length} targets with ${options.inputs} inputs each, seed ${options.seed}`)
  const results = []
  const waiting = [...chosen]
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined && !isInterrupted; job = waiting.shift()) {
      const result = await runTarget(job)
      if (result === null) return
      results.push(result)
      console.log(lineOf(result))
      for (const text of result.failures) console.log(text)
      writeJson(results, chosen.length)
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  return close(results, chosen.length)
}

function close(results, wanted) {
  const total = results.reduce((sum, { inputs }) => sum + inputs, 0)
  const failed = results.filter(({ failures }) => failures.length > 0).map(({ name }) => name)
  const again = (failed.length > 0 ? failed : options.targets).map((name) => ` --target ${name}`).join('')
  console.log(`${results.length} of ${wanted} targets, ${total} inputs, ${failed.length} failed`)
  console.log(`the same again: npm run fuzz -- --seed ${options.seed} --inputs ${options.inputs}${again}`)
  if (failed.length > 0) console.log(`FAILED: ${failed.join(', ')}`)
  if (isInterrupted) console.log('interrupted')
  if (failed.length > 0) return 1
  return isInterrupted ? 130 : 0
}

/** Null: interrupted. Otherwise what goes into the JSON file; `failures` are texts for people. */
async function runTarget({ name, folder, bundle }) {
  const corpus = readCorpus(folder, name)
  const end = await watch({ bundle, name, seed: options.seed, inputs: options.inputs, corpus })
  if (end.at === 'interrupted') return null
  const result = { name, package: folder, corpus: corpus.length, saved: 0, failures: [] }
  if (end.at === 'broken') {
    const text =
      end.inputs === 0
        ? `${name}: ${end.reason}`
        : report(name, folder, `input ${end.inputs}: ${end.reason}`, end.input)
    return { ...result, ...NOTHING, inputs: end.inputs, failures: [text] }
  }
  const { inputs, seconds, outcomes, heap, discoveries, failure } = end
  if (failure !== null) {
    const what = `input ${failure.number} of seed ${failure.seed} fails: ${withoutPaths(failure.error)}`
    const original = `  as it was first: ${hexOf(failure.input)}`
    result.failures.push(`${report(name, folder, what, failure.minimal)}\n${original}`)
  }
  const growth = heap.at(-1) - heap[0]
  const most = GROWTH_OCTETS + GROWTH_OCTETS_PER_INPUT * inputs
  // After a failure there were fewer inputs between the measurements than they are meant to span.
  if (failure === null && growth > most)
    result.failures.push(
      `${name}: memory grew by ${growth} octets, at most ${most} allowed; after gc: ${heap.join(', ')}`,
    )
  if (options.save) result.saved = saveDiscoveries(folder, name, discoveries)
  const rates = { inputs, seconds: round(seconds), inputsPerSecond: Math.round(inputs / seconds) }
  return { ...result, ...rates, outcomes: Object.keys(outcomes).length, heapGrowthOctets: growth, heapOctets: heap }
}

/** Runs a worker to its end, or ends it when an input takes too long. */
function watch(data) {
  const shared = new SharedArrayBuffer(8 + MAX_INPUT_OCTETS)
  const progress = new Uint32Array(shared, 0, 2)
  const worker = new Worker(new URL('fuzz-worker.mjs', import.meta.url), { workerData: { ...data, shared } })
  workers.add(worker)
  return new Promise((resolve) => {
    let seen = -1
    let looks = 0
    const timer = setInterval(() => {
      const now = Atomics.load(progress, 0)
      looks = now === seen ? looks + 1 : 0
      seen = now
      // Nothing before the first input counts, that is loading; nor do the moments of measuring, which are short.
      if (now > 0 && looks >= MOST_LOOKS) broken('takes more than 5 s')
    }, LOOK_MS)
    const broken = (reason) => {
      const input = new Uint8Array(shared, 8, progress[1]).slice()
      settle({ at: 'broken', inputs: Atomics.load(progress, 0), input, reason: withoutPaths(reason) })
    }
    const settle = (end) => {
      if (!workers.delete(worker)) return // the first word counts: a worker that is ended says so, too
      clearInterval(timer)
      void worker.terminate().then(() => resolve(end))
    }
    worker.on('message', (message) => {
      if (message.at === 'done') settle(message)
      else if (message.maxOctets > MAX_INPUT_OCTETS) broken(`maxOctets is above ${MAX_INPUT_OCTETS}`)
    })
    worker.once('error', (error) => broken(error.stack ?? String(error)))
    worker.once('exit', (code) =>
      isInterrupted ? settle({ at: 'interrupted' }) : broken(`ended early, with exit code ${code}`),
    )
  })
}

/** Stack traces without the place of this checkout. */
function withoutPaths(text) {
  return text.replaceAll(`file://${root}`, '').replaceAll(root, '')
}

/** The text of a failure; its input is saved. */
function report(name, folder, what, input) {
  return `${name}: ${what}\n  input, ${input.length} octets: ${hexOf(input)}\n  saved: ${saveInput(folder, name, input)}`
}

function hexOf(bytes) {
  const hex = Buffer.from(bytes).toString('hex')
  return hex.length > 2_048 ? `${hex.slice(0, 2_048)}…` : hex
}

function lineOf({ name, inputs, inputsPerSecond, outcomes, corpus, saved, heapGrowthOctets, failures }) {
  const numbers = [
    `${String(inputs).padStart(9)} inputs`,
    `${String(inputsPerSecond).padStart(8)}/s`,
    `${String(outcomes).padStart(4)} outcomes`,
    `corpus ${String(corpus).padStart(2)}${saved > 0 ? ` + ${saved}` : ''}`,
    `heap ${heapGrowthOctets < 0 ? '-' : '+'}${Math.round(Math.abs(heapGrowthOctets) / 1024)} KiB`,
  ]
  return `${name.padEnd(15)} ${numbers.join('  ')}  ${failures.length === 0 ? 'ok' : 'FAILED'}`
}

/** `wanted`: targets there will be when the run is complete. */
function writeJson(results, wanted) {
  if (options.json === null) return
  const { seed, inputs } = options
  const about = { date: startedAt, node: process.version, seed, inputsPerTarget: inputs, targetsWanted: wanted }
  const report = { ...about, targets: results }
  writeFileSync(`${options.json}.part`, `${JSON.stringify(report, null, 2)}\n`)
  renameSync(`${options.json}.part`, options.json)
}

/** Folders of the packages that have targets. */
function fuzzedPackages() {
  return workspacePackages()
    .map(({ folder }) => folder)
    .filter((folder) => typescriptFiles(`${folder}/test/fuzz`).includes(`${folder}/test/fuzz/targets.ts`))
}

/** The targets of a package, and the run, in one file below it, so that its dependencies are found. */
async function bundleTargets(folder) {
  mkdirSync(`${root}${folder}/.cache`, { recursive: true })
  const place = mkdtempSync(`${root}${folder}/.cache/fuzz-`)
  folders.push(place)
  const outfile = `${place}/targets.mjs`
  const packages = workspacePackages().filter((one) => one.folder.startsWith('packages/'))
  await build({
    stdin: {
      contents: `export { targets } from './test/fuzz/targets.ts'; export { FuzzRun } from '@postern/transport-testkit'`,
      resolveDir: `${root}${folder}`,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    packages: 'external',
    alias: Object.fromEntries(packages.map(({ path, manifest }) => [manifest.name, `${path}/src/index.ts`])),
    logLevel: 'error',
  })
  const bundle = `file://${outfile}`
  const { targets } = await import(bundle)
  return targets.map(({ name }) => ({ name, folder, bundle }))
}

function readOptions(args) {
  let values
  try {
    values = parseArgs({
      args,
      options: {
        inputs: { type: 'string' },
        target: { type: 'string', multiple: true },
        seed: { type: 'string' },
        jobs: { type: 'string' },
        save: { type: 'boolean' },
        json: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    process.exit(refuse(error.message))
  }
  if (values.help) {
    console.log(USAGE)
    process.exit(0)
  }
  return {
    inputs: readInteger('inputs', values.inputs, 1, MAX_INPUTS) ?? DEFAULT_INPUTS,
    targets: values.target ?? [],
    seed: readInteger('seed', values.seed, 0, 2 ** 32 - 1) ?? Math.floor(Math.random() * 2 ** 32),
    jobs: readInteger('jobs', values.jobs, 1, 64) ?? defaultJobs(),
    save: values.save ?? false,
    json: values.json ?? null,
  }
}

function readInteger(name, text, min, max) {
  if (text === undefined) return null
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1
  if (value < min || value > max)
    process.exit(refuse(`--${name}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`))
  return value
}

function refuse(message) {
  console.error(`${message}\n${USAGE}`)
  return 2
}

function defaultJobs() {
  return Math.min(availableParallelism(), 4)
}

function round(seconds) {
  return Math.round(seconds * 100) / 100
}
