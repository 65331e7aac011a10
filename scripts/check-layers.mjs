// Holds package.json files and imports against DESIGN section 1: arrows point down only, drivers and core do not know each
// other, libraries take time, chance and settings from their caller. Prints every breach; exit 1 when there is one.
import { readFileSync } from 'node:fs'
import { builtinModules, isBuiltin } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { root, typescriptFiles, workspacePackages } from './workspace.mjs'

const DRIVER = ['@postern/transport-api', '@postern/helo', '@postern/crypto']

/** What the sources of each package may import besides their own files. */
const MAY_IMPORT = {
  '@postern/crypto': ['@noble/hashes', 'node:crypto'],
  '@postern/helo': ['@postern/crypto', 'node:zlib'],
  '@postern/transport-api': ['@postern/helo', '@postern/crypto', 'node:net'],
  '@postern/transport-udp': [...DRIVER, 'node:dgram', 'node:os'],
  '@postern/transport-tcp': [...DRIVER, 'node:net', 'node:os'],
  '@postern/transport-smtp': [
    ...DRIVER,
    'nodemailer',
    'smtp-server',
    'node:crypto',
    'node:fs',
    'node:fs/promises',
    'node:net',
    'node:path',
    'node:stream',
    'node:tls',
    'node:url',
  ],
  '@postern/core': DRIVER,
  '@postern/transport-testkit': [...DRIVER, 'node:net', 'node:dgram', 'node:assert'],
}
/** Tests may have these as well. */
const TESTS_MAY_IMPORT = [
  'vitest',
  'esbuild',
  'fast-check',
  '@noble/curves',
  'sodium-native',
  '@postern/transport-testkit',
]
/** Examples are packages of strangers: what is public below them, the machine, and for their tests a core to be loaded by. */
const EXAMPLE_TESTS_MAY_IMPORT = [...TESTS_MAY_IMPORT, '@postern/core']
/** Not a transport but a whole node in another language: its tests are a program with a core and a transport. */
const SECOND_IMPLEMENTATION = 'examples/second-implementation'
const SECOND_IMPLEMENTATION_TESTS_MAY_IMPORT = [...EXAMPLE_TESTS_MAY_IMPORT, '@postern/transport-udp']
/** What the example programs share. */
const STAGE = 'postern-stage'
/** A program, as apps are: what a program imports is the core and its transports, and nothing else of ours (DESIGN section 4). */
const PROGRAM = ['core', 'transport-udp', 'transport-tcp', 'transport-smtp'].map((one) => `@postern/${one}`)
/** Programs, each with what it may import: the climb stands between the faults that it makes. */
const PROGRAMS_MAY_IMPORT = {
  'examples/stage': [...PROGRAM, 'esbuild'],
  'examples/twenty-lines': [...PROGRAM, STAGE],
  'examples/climb': [...PROGRAM, STAGE, '@postern/transport-api', '@postern/transport-testkit'],
}
const PROGRAM_TESTS_MAY_IMPORT = [...TESTS_MAY_IMPORT, ...DRIVER]
/** Ambient time, chance, environment and console: only these files may touch them. */
const AMBIENT = /\b(Date\.now|performance\.now|Math\.random|setTimeout|setInterval|setImmediate|process\.env|console\.)/
const AMBIENT_ALLOWED = ['packages/transport-api/src/clock.ts', 'packages/transport-api/src/random.ts']
/** Bytes in, bytes out. */
const PURE = ['@postern/crypto', '@postern/helo']
const NOT_PURE = /\bprocess\b|\bsetTimeout\b/
const MAX_LINES = 500

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

const breaches = []
const packages = workspacePackages()
for (const { folder, manifest } of packages) {
  checkManifest(folder, manifest)
  for (const file of typescriptFiles(`${folder}/src`)) checkSource(file, folder, manifest.name)
  for (const file of typescriptFiles(`${folder}/test`)) checkTest(file, folder, manifest.name)
}

for (const breach of breaches) console.error(breach)
console.log(
  breaches.length === 0
    ? `layers: ${packages.length} packages keep DESIGN section 1`
    : `layers: ${breaches.length} breaches`,
)
process.exitCode = breaches.length === 0 ? 0 : 1

/** undefined: not known. */
function mayImport(folder, name) {
  if (!folder.startsWith('examples/')) return MAY_IMPORT[name]
  const ours = PROGRAMS_MAY_IMPORT[folder] ?? DRIVER
  return [...ours, ...builtinModules.map((one) => `node:${one}`)]
}

function testsMayImport(folder) {
  if (folder === SECOND_IMPLEMENTATION) return SECOND_IMPLEMENTATION_TESTS_MAY_IMPORT
  if (folder in PROGRAMS_MAY_IMPORT) return PROGRAM_TESTS_MAY_IMPORT
  return folder.startsWith('examples/') ? EXAMPLE_TESTS_MAY_IMPORT : TESTS_MAY_IMPORT
}

function checkManifest(folder, manifest) {
  if (folder.startsWith('apps/')) return
  const allowed = mayImport(folder, manifest.name)
  if (allowed === undefined)
    return breach(`${folder}/package.json`, `${manifest.name} is not in the table of scripts/check-layers.mjs`)
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (!allowed.includes(name)) breach(`${folder}/package.json`, `may not depend on ${name}`)
  }
  for (const name of Object.keys(manifest.devDependencies ?? {})) {
    if (![...allowed, ...testsMayImport(folder)].includes(name))
      breach(`${folder}/package.json`, `may not depend on ${name}, even for tests`)
  }
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare'].filter(
    (name) => manifest.scripts?.[name] !== undefined,
  )
  if (hooks.length > 0) breach(`${folder}/package.json`, `has install scripts: ${hooks.join(', ')}`)
}

function checkSource(file, folder, name) {
  const text = readFileSync(`${root}${file}`, 'utf8')
  const lines = text.split('\n').length - 1
  if (lines > MAX_LINES) breach(file, `${lines} lines; the most is ${MAX_LINES}`)
  for (const specifier of importsOf(text))
    checkImport(file, folder, specifier, folder.startsWith('apps/') ? null : mayImport(folder, name))
  if (folder.startsWith('apps/') || folder in PROGRAMS_MAY_IMPORT) return
  const code = withoutComments(text)
  const ambient = AMBIENT.exec(code)
  if (ambient !== null && !AMBIENT_ALLOWED.includes(file)) breach(file, `touches ${ambient[1]}`)
  const impure = PURE.includes(name) ? NOT_PURE.exec(code) : null
  if (impure !== null) breach(file, `${name} is bytes in, bytes out, but this touches ${impure[0]}`)
}

function checkTest(file, folder, name) {
  const text = readFileSync(`${root}${file}`, 'utf8')
  const allowed = folder.startsWith('apps/')
    ? null
    : [...(mayImport(folder, name) ?? []), ...testsMayImport(folder), name]
  for (const specifier of importsOf(text)) {
    if (isBuiltin(specifier)) continue
    checkImport(file, folder, specifier, allowed)
  }
}

function checkImport(file, folder, specifier, allowed) {
  if (specifier.startsWith('.')) {
    const target = normalize(join(dirname(file), specifier))
    if (!target.startsWith(`${folder}/`)) breach(file, `${specifier} leaves the package`)
    return
  }
  const parts = specifier.split('/')
  const bare = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
  if (bare.startsWith('@postern/') && specifier !== bare) breach(file, `${specifier} reaches into another package`)
  if (allowed === null) return
  const plain = isBuiltin(specifier) && !specifier.startsWith('node:') ? `node:${specifier}` : specifier
  if (!allowed.includes(plain) && !allowed.includes(bare)) breach(file, `may not import ${specifier}`)
}

function importsOf(text) {
  return [...withoutComments(text).matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3])
}

function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

function breach(file, what) {
  breaches.push(`${file}: ${what}`)
}
