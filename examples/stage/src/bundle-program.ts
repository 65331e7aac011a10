/** A program as a process of its own can run it: bundled from the sources of everything of ours, so that no build is needed. For tests. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const packages = fileURLToPath(new URL('../../../packages/', import.meta.url))
const OURS = [
  'core',
  'crypto',
  'helo',
  'transport-api',
  'transport-smtp',
  'transport-tcp',
  'transport-testkit',
  'transport-udp',
]
/** What is bundled with it may be CommonJS, and asks for parts of Node. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

export interface BundledProgram {
  readonly path: string
  remove(): Promise<void>
}

/** `src/NAME.ts` of the package in `folder`, as one file below its `.cache/`. */
export async function bundleProgram(folder: URL, name: string): Promise<BundledProgram> {
  const home = fileURLToPath(folder)
  await mkdir(join(home, '.cache'), { recursive: true })
  const place = await mkdtemp(join(home, '.cache/program-'))
  const path = join(place, `${name}.mjs`)
  await build({
    entryPoints: [join(home, `src/${name}.ts`)],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    banner: { js: REQUIRE },
    alias: Object.fromEntries(OURS.map((one) => [`@postern/${one}`, join(packages, `${one}/src/index.ts`)])),
    logLevel: 'error',
  })
  return { path, remove: () => rm(place, { recursive: true, force: true }) }
}
