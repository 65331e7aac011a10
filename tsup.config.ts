import { existsSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** One build for every package: ESM for Node 20 and later; types come from tsc (tsconfig.build.json of each). */
export default defineConfig({
  entry: ['src/index.ts', 'src/cli.ts'].filter((file) => existsSync(file)),
  format: 'esm',
  target: 'node20.19',
  platform: 'node',
  splitting: true,
  sourcemap: true,
  clean: true,
  dts: false,
})
