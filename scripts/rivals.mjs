// `npm run bench:rivals`: `postern-bench rivals` on Node 24, beside js-libp2p, which needs Node 22. Both are installed on demand into
// .cache/rivals, with the versions of scripts/rivals/package.json and without install scripts; never by `npm install`, never by `npm test`.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { root } from './workspace.mjs'

const source = `${root}scripts/rivals/`
const cache = `${root}.cache/rivals/`
const node = `${cache}node_modules/node24/bin/node`
const bench = `${root}apps/bench/dist/cli.js`
const rival = `${cache}libp2p-link.mjs`
const FILES = ['package.json', 'package-lock.json']
/** Written when an installation is complete: what was asked for. */
const done = `${cache}installed`

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`bench:rivals: the pinned Node 24 is for linux x64, not ${process.platform} ${process.arch}`)
  process.exit(2)
}
const options = withFile(process.argv.slice(2))
install()
copyFileSync(`${source}libp2p-link.mjs`, rival)
process.exitCode = run(node, [bench, 'rivals', '--rival', rival, ...options])

function install() {
  const asked = FILES.map((file) => readFileSync(`${source}${file}`, 'utf8')).join('')
  if (existsSync(done) && readFileSync(done, 'utf8') === asked) return
  console.error('bench:rivals: installing js-libp2p and Node 24 into .cache/rivals …')
  mkdirSync(cache, { recursive: true })
  for (const file of FILES) copyFileSync(`${source}${file}`, `${cache}${file}`)
  // npm judges `engines` by the Node it runs on, which is not the one that will run them.
  const code = run('npm', ['ci', '--prefix', cache, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code !== 0) {
    console.error(`bench:rivals: npm could not install them (exit code ${code})`)
    process.exit(1)
  }
  writeFileSync(done, asked)
}

/** `--json` without a file is one of today's in benchmarks/; what is there is never replaced. */
function withFile(given) {
  const at = given.indexOf('--json')
  const isNamed = at + 1 < given.length && !given[at + 1].startsWith('--')
  if (at < 0 || isNamed) return given
  const file = `benchmarks/rivals-${new Date().toISOString().slice(0, 10)}.json`
  if (existsSync(`${root}${file}`)) {
    console.error(`bench:rivals: ${file} is there already; name another file after --json`)
    process.exit(2)
  }
  return given.toSpliced(at + 1, 0, file)
}

/** Gives the exit code. */
function run(command, args) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error) throw error
  return status ?? 1
}
