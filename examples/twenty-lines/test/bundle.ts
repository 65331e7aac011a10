/** A program of src/ as a process of its own can run it: bundled from the sources of everything of ours, so that no build is needed. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { onTestFinished } from 'vitest'

const here = fileURLToPath(new URL('../', import.meta.url))
const OURS = ['core', 'crypto', 'helo', 'transport-api', 'transport-smtp', 'transport-tcp', 'transport-udp']
/** What is bundled with it may be CommonJS, and asks for parts of Node. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const PROGRAMS = {
  demo: new URL('../src/demo.ts', import.meta.url),
  friend: new URL('../src/friend.ts', import.meta.url),
  'friend-using': new URL('../src/friend-using.ts', import.meta.url),
  'other-side': new URL('../src/other-side.ts', import.meta.url),
}
export type ProgramName = keyof typeof PROGRAMS

/** The path of the bundle of a program; removed after the test. */
export async function bundle(name: ProgramName): Promise<string> {
  await mkdir(join(here, '.cache'), { recursive: true })
  const folder = await mkdtemp(join(here, '.cache/program-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const outfile = join(folder, `${name}.mjs`)
  await build({
    entryPoints: [fileURLToPath(PROGRAMS[name])],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    banner: { js: REQUIRE },
    alias: Object.fromEntries(OURS.map((one) => [`@postern/${one}`, join(here, `../../packages/${one}/src/index.ts`)])),
    logLevel: 'error',
  })
  return outfile
}
