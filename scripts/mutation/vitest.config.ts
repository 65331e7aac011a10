import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The copy of one package that scripts/mutation.mjs makes and breaks. */
const root = fileURLToPath(new URL('.', import.meta.url))

export default defineConfig({
  root,
  resolve: { alias: [{ find: /^@postern\/([a-z-]+)$/, replacement: `${root}packages/$1/src/index.ts` }] },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    runner: './runner.ts',
    setupFiles: ['./repeatable.ts'],
    testTimeout: 20_000,
  },
})
