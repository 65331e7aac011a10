// What a user gets: packs every package as it would be published, installs each into an empty folder outside the workspace
// with nothing but its own dependencies, compiles the programs in its README against the types inside, and runs them.
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { catalogVersion, root, workspacePackages } from './workspace.mjs'

const run = promisify(execFile)
const PROGRAM_TIMEOUT_MS = 20_000
/** Installing waits more than it works. */
const WORKERS = 3
/** What a README's programs import besides their package. */
const BESIDE = { '@postern/core': ['@postern/transport-udp', '@postern/transport-tcp'] }
/** Programs that run until they are interrupted, and what they must have said before. The others end by themselves. */
const SERVICES = { '@postern/core README program 2': ['udp running', 'tcp running', 'postern:card:'] }
const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const packages = workspacePackages().filter(({ folder }) => folder.startsWith('packages/'))
const byName = new Map(packages.map((one) => [one.manifest.name, one]))

const place = mkdtempSync(join(tmpdir(), 'postern-artefacts-'))
try {
  const tarballs = new Map()
  await Promise.all(packages.map(async (one) => tarballs.set(one.manifest.name, await pack(one))))
  const failures = []
  const waiting = [...packages]
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      failures.push(...(await tryOut(one, tarballs)))
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
  for (const failure of failures) console.error(failure)
  console.log(`artefacts: ${packages.length} packages, ${failures.length} failures`)
  process.exitCode = failures.length === 0 ? 0 : 1
} finally {
  rmSync(place, { recursive: true, force: true })
}

/** The path of the tarball. */
async function pack({ path, manifest }) {
  const file = join(place, `${manifest.name.replace('@', '').replace('/', '-')}.tgz`)
  await run('npx', ['--yes', packageManager, 'pack', '--out', file], { cwd: path })
  return file
}

async function tryOut({ path, manifest }, tarballs) {
  const programs = [...readFileSync(`${path}/README.md`, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    (match) => match[1],
  )
  if (programs.length === 0) return [`${manifest.name}: its README has no program`]
  const folder = join(place, manifest.name.replace('/', '-'))
  mkdirSync(folder)
  const own = [manifest.name, ...(BESIDE[manifest.name] ?? [])].reduce((seen, name) => closure(name, new Set(seen)), [])
  const dependencies = Object.fromEntries(own.map((name) => [name, `file:${tarballs.get(name)}`]))
  const devDependencies = { '@types/node': catalogVersion('@types/node') }
  // What the registry does not have yet comes from our own tarballs, also for packages inside packages.
  const overrides = Object.fromEntries(own.map((name) => [name, `$${name}`]))
  writeFileSync(
    `${folder}/package.json`,
    JSON.stringify({ private: true, type: 'module', dependencies, devDependencies, overrides }),
  )
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    outDir: 'out',
  }
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  for (const [at, program] of programs.entries()) writeFileSync(`${folder}/readme-${at + 1}.ts`, program)

  const problem = await attempt(async () => {
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder })
    await run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', '.'], { cwd: folder })
  })
  if (problem !== null) return [`${manifest.name}: ${problem}`]
  const failures = []
  for (const at of programs.keys()) {
    const name = `${manifest.name} README program ${at + 1}`
    const outcome = await attempt(async () => {
      const [program, says] = [`out/readme-${at + 1}.js`, SERVICES[name]]
      const stdout = await (says === undefined ? runToEnd(program, folder) : runService(program, folder, says))
      console.log(`${name}: ${stdout.trim().split('\n').at(-1) ?? ''}`)
    })
    if (outcome !== null) failures.push(`${name}: ${outcome}`)
  }
  return failures
}

/** What it printed. */
async function runToEnd(program, cwd) {
  const { stdout } = await run(process.execPath, [program], { cwd, timeout: PROGRAM_TIMEOUT_MS })
  return stdout
}

/** What it printed until it had said everything in `says`; then it is interrupted, and must end by itself with 0. */
function runService(program, cwd, says) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PROGRAM_TIMEOUT_MS,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
      if (says.every((text) => stdout.includes(text))) child.kill('SIGINT')
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(stdout)
      else reject(Object.assign(new Error(), { stdout, stderr: `${stderr}ended with ${code ?? signal}` }))
    })
  })
}

/** The package and those of ours that it needs. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return [...seen]
  seen.add(name)
  for (const dependency of Object.keys(byName.get(name).manifest.dependencies ?? {})) {
    if (byName.has(dependency)) closure(dependency, seen)
  }
  return [...seen]
}

async function attempt(work) {
  try {
    await work()
    return null
  } catch (error) {
    return `${error.killed ? `ended after ${PROGRAM_TIMEOUT_MS} ms; ` : ''}${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error.stack : ''}`
  }
}
