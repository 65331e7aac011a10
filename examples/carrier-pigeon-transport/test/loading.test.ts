/**
 * 2.2: core finds this package by its name. `load` is `import` in a program; here it maps the name to the sources, because an
 * import by the package's own name needs its build.
 */
import { createCore, createIdentity } from '@postern/core'
import { expect, test } from 'vitest'
import { tempRoot } from './world.js'

test('core with the section [pigeon] finds postern-transport-pigeon and runs it with its settings', async () => {
  const asked: string[] = []
  const load = async (specifier: string): Promise<unknown> => {
    asked.push(specifier)
    if (specifier === 'postern-transport-pigeon') return import('../src/index.js')
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: 'ERR_MODULE_NOT_FOUND' })
  }
  const transports = { pigeon: { root: await tempRoot(), loft: 'me' } }
  await using core = await createCore({ identity: createIdentity(), transports, load })
  expect(asked).toEqual(['@postern/transport-pigeon', 'postern-transport-pigeon'])
  expect(core.transports).toMatchObject([{ name: 'pigeon', state: 'running', protocolNumber: 33_917, mtu: 65_536 }])
  expect(core.card()).toMatch(/^postern:card:/)
})

test('a setting that cannot be used disables it alone, with the sentence of its own', async () => {
  const load = async (): Promise<unknown> => import('../src/index.js')
  await using core = await createCore({ identity: createIdentity(), transports: { pigeon: { root: 'here' } }, load })
  const [{ state, reason } = {}] = core.transports
  expect([state, reason?.code]).toEqual(['disabled', 'ERR_CONFIG'])
  expect(reason?.message).toContain('[pigeon] root: expected the absolute path')
})
