import { TestRunner, test } from 'vitest'

/** Stryker counts failed tests: a file that a mutant keeps from loading has none, so it gets one that fails. */
// biome-ignore lint/style/noDefaultExport: how vitest takes a runner
export default class LoadingIsATest extends TestRunner {
  override async importFile(filepath: string, source: 'collect' | 'setup'): Promise<unknown> {
    try {
      return await super.importFile(filepath, source)
    } catch (error) {
      if (source === 'setup') throw error
      return test('loading this file', () => {
        throw error
      })
    }
  }
}
