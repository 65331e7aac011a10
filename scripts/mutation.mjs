// Breaks the sources of crypto and helo in every small way Stryker knows, one at a time, and counts what their tests notice:
//   npm run mutation [-- PACKAGE ...]
// Exit 1 below MIN_SCORE. The figures go to benchmarks/mutation.json, the full reports to .cache/mutation/. Not part of `npm test`.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { catalogVersion, root } from './workspace.mjs'

const PACKAGES = ['crypto', 'helo']
const MIN_SCORE = 85
const TOOLS = `${root}.cache/stryker`
const PLACE = `${root}.cache/mutation`
const SUMMARY = `${root}benchmarks/mutation.json`

const asked = process.argv.length > 2 ? process.argv.slice(2) : PACKAGES
if (!asked.every((name) => PACKAGES.includes(name))) {
  console.error(`usage: npm run mutation [-- PACKAGE ...], of ${PACKAGES.join(', ')}`)
  process.exit(2)
}

installStryker()
const rows = asked.map((name) => ({ package: name, ...figuresOf(mutate(name)) }))
writeSummary(rows)
console.table(rows)
process.exitCode = rows.every(({ score }) => score >= MIN_SCORE) ? 0 : 1

/** Not a devDependency: something below it refuses Node 20, which pnpm's engineStrict takes for an error and npm for a warning. */
function installStryker() {
  const wanted = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}`)
  const missing = wanted.filter((name) => installedVersion(name) !== catalogVersion(name))
  if (missing.length === 0 && existsSync(`${TOOLS}/node_modules/vitest`)) return
  rmSync(TOOLS, { recursive: true, force: true })
  mkdirSync(TOOLS, { recursive: true })
  const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps']
  run('npm', ['install', ...quiet, '--prefix', TOOLS, ...wanted.map((name) => `${name}@${catalogVersion(name)}`)], root)
  // The runner imports vitest: it must be the one that the tests import.
  symlinkSync(`${root}node_modules/vitest`, `${TOOLS}/node_modules/vitest`, 'junction')
}

function installedVersion(name) {
  const manifest = `${TOOLS}/node_modules/${name}/package.json`
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : null
}

/** Stryker's report on one package, made on a copy of it so that nobody sees a source broken. */
function mutate(name) {
  const copy = `${PLACE}/${name}`
  rmSync(copy, { recursive: true, force: true })
  for (const source of PACKAGES) copyInto(copy, `packages/${source}/src`)
  copyInto(copy, `packages/${name}/test`)
  copyInto(copy, 'PROTOCOL-NUMBERS.md')
  cpSync(`${root}scripts/mutation`, copy, { recursive: true })
  const options = {
    mutate: [`packages/${name}/src/**/*.ts`],
    testRunner: 'vitest',
    plugins: [`${TOOLS}/node_modules/@stryker-mutator/vitest-runner/dist/src/index.js`],
    coverageAnalysis: 'perTest',
    inPlace: true, // of the copy
    concurrency: Math.max(1, availableParallelism() - 1),
    disableTypeChecks: false, // nothing checks types here
    warnings: { slow: false }, // mutants of constants run every test: few enough
    reporters: ['json', 'html', 'progress-append-only'],
    jsonReporter: { fileName: `${PLACE}/${name}.json` },
    htmlReporter: { fileName: `${PLACE}/${name}.html` },
    logLevel: 'warn',
  }
  writeFileSync(`${copy}/stryker.config.json`, JSON.stringify(options, null, 2))
  run(process.execPath, [`${TOOLS}/node_modules/@stryker-mutator/core/bin/stryker.js`, 'run'], copy)
  return JSON.parse(readFileSync(`${PLACE}/${name}.json`, 'utf8'))
}

/** Fuzz targets are left out: they need other packages, and what they find becomes a test of its own. */
function copyInto(copy, path) {
  cpSync(`${root}${path}`, `${copy}/${path}`, {
    recursive: true,
    // What needs packages beside the sources stays out: the testkit, a native module.
    filter: (from) => !/\/test\/(fuzz|corpus|aead-sodium\.test\.ts)$/.test(from.replaceAll('\\\\', '/')),
  })
}

/** Also prints what survived: each is a promise that no test keeps, or code that says the same in two ways. */
function figuresOf(report) {
  const mutants = Object.entries(report.files).flatMap(([file, { mutants }]) => mutants.map((m) => ({ file, ...m })))
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length
  for (const { file, location, mutatorName, replacement, status } of mutants) {
    if (status !== 'Survived' && status !== 'NoCoverage') continue
    const { line, column } = location.start
    console.log(`${status}: ${file}:${line}:${column} ${mutatorName}: ${replacement.replace(/\s+/g, ' ').slice(0, 90)}`)
  }
  const detected = count('Killed', 'Timeout')
  const valid = detected + count('Survived', 'NoCoverage')
  return {
    score: Math.round((10_000 * detected) / valid) / 100,
    killed: count('Killed'),
    survived: count('Survived'),
    timeout: count('Timeout'),
    noCoverage: count('NoCoverage'),
    total: mutants.length,
  }
}

/** A run of one package keeps what the file says of the others. */
function writeSummary(rows) {
  const before = existsSync(SUMMARY) ? JSON.parse(readFileSync(SUMMARY, 'utf8')).packages : {}
  const summary = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    stryker: catalogVersion('@stryker-mutator/core'),
    minScore: MIN_SCORE,
    packages: { ...before, ...Object.fromEntries(rows.map(({ package: name, ...figures }) => [name, figures])) },
  }
  writeFileSync(SUMMARY, `${JSON.stringify(summary, null, 2)}\n`)
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args[0]} exited with ${status}`)
}
