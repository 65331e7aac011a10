import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const places = ['packages', 'apps', 'examples'].flatMap((folder) =>
  readdirSync(`${root}${folder}`)
    .map((name) => `${folder}/${name}`)
    .filter((place) => existsSync(`${root}${place}/package.json`)),
)

/** Tests run on the sources: no build is needed to see them fail. */
const alias = [{ find: /^@postern\/([a-z-]+)$/, replacement: `${root}packages/$1/src/index.ts` }]

export default defineConfig({
  test: {
    projects: places.map((place) => ({
      resolve: { alias },
      test: {
        name: place.replace(/^packages\//, ''),
        root: `${root}${place}`,
        include: ['test/**/*.test.ts'],
        // Files share a worker: starting one for each takes longer than the tests. What a test changes it puts back.
        isolate: false,
        testTimeout: 20_000,
        hookTimeout: 20_000,
      },
    })),
    reporters: ['default', ['json', { outputFile: `${root}.cache/vitest-report.json` }]],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**'],
      reportsDirectory: `${root}.cache/coverage`,
      thresholds: Object.fromEntries(
        ['crypto', 'helo', 'transport-api'].map((name) => [`packages/${name}/src/**`, { branches: 95 }]),
      ),
    },
  },
})
