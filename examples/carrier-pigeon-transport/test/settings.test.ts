import { ConfigSection } from '@postern/transport-api'
import { expect, test } from 'vitest'
import { readPigeonSettings } from '../src/pigeon-settings.js'
import { failureOf, make, tempRoot } from './world.js'

const read = (values: Record<string, unknown>) => readPigeonSettings(new ConfigSection('pigeon', values))

test('a loft is given absolute or from the root on', () => {
  expect(read({ root: '/lofts/', loft: 'bob' })).toEqual({ root: '/lofts', loft: '/lofts/bob', pollMs: 50 })
  expect(read({ root: '/lofts', loft: '/lofts/bob', pollMs: 9 })).toMatchObject({ loft: '/lofts/bob', pollMs: 9 })
  expect(read({ root: '/lofts' })).toMatchObject({ loft: null })
})

test.each([
  [{}, '[pigeon] root: expected the absolute path of the folder that all lofts are in, got undefined'],
  [{ root: 'lofts' }, 'in, got "lofts"'],
  [{ root: 7 }, '[pigeon] root: expected a string, got 7'],
  [{ root: '/lofts', loft: '/etc' }, '[pigeon] loft: expected the path of a folder inside `root` (/lofts)'],
  [{ root: '/lofts', loft: '../etc' }, 'got "../etc"'],
  [{ root: '/lofts', loft: '.' }, 'got "."'],
  [{ root: '/lofts', loft: 'b\0b' }, '[pigeon] loft: expected the path'],
  [{ root: '/lofts', loft: '\ud800' }, '[pigeon] loft: expected the path'],
  [{ root: '/lofts', loft: 'x'.repeat(512) }, 'of at most 512 octets'],
  [{ root: '/lofts', pollMs: 0 }, '[pigeon] pollMs: expected a whole number from 1 to 60000, got 0'],
  [{ root: '/lofts', pol: 1 }, '[pigeon] pol: unknown key; known are loft, pollMs, root'],
])('%j is refused with a sentence that says what to change', (values, text) => {
  expect(() => read(values)).toThrow(text)
})

test('a loft that cannot be one is refused at the start, with what to change', async () => {
  const root = await tempRoot()
  const { transport } = await make({ root, loft: 'not/there' })
  const [code, text] = await failureOf(transport.startTransportServer())
  expect(code).toBe('ERR_LISTEN_FAILED')
  expect(text).toContain(`[pigeon] cannot use ${root}/not/there: ENOENT: give \`loft\` a folder`)
})
