import { describe, expect, test } from 'vitest'
import { type CoreOptions, createCore, createIdentity } from '../src/index.js'
import { fakeTransport } from './fake-transport.js'
import { worldOf } from './world.js'

type Packages = Readonly<Record<string, unknown>>

/** What Node says when a package is not there. */
function notFound(specifier: string): Error {
  const message = `Cannot find package '${specifier}' imported from /home/me/app/main.js`
  return Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' })
}

/** An `import` over a table of packages; an Error in it is thrown. */
function loaderOf(packages: Packages) {
  const asked: string[] = []
  const load = async (specifier: string): Promise<unknown> => {
    asked.push(specifier)
    const found = packages[specifier] ?? notFound(specifier)
    if (found instanceof Error) throw found
    return found
  }
  return { asked, load }
}

async function loaded(transports: CoreOptions['transports'], packages: Packages) {
  const { asked, load } = loaderOf(packages)
  const { core } = await worldOf(transports, { load })
  const [first] = core.transports
  return { asked, core, reason: first?.reason, state: first?.state }
}

describe('2.2/loading by name', () => {
  test('udp is @postern/transport-udp, and its inittransport_udp is called with its own settings', async () => {
    const fake = fakeTransport()
    const { asked, state } = await loaded(
      { udp: { port: 4001 } },
      { '@postern/transport-udp': { inittransport_udp: fake.init } },
    )
    expect(asked).toEqual(['@postern/transport-udp'])
    expect(state).toBe('running')
    expect(fake.env.config.name).toBe('udp')
    expect(fake.env.config.integer('port', { min: 0, max: 65_535, fallback: 0 })).toBe(4001)
    expect(() => fake.env.config.refuseUnknown()).not.toThrow()
  })

  test('when that is not there it is postern-transport-udp', async () => {
    const { asked, state } = await loaded(
      { udp: {} },
      { 'postern-transport-udp': { inittransport_udp: fakeTransport().init } },
    )
    expect(asked).toEqual(['@postern/transport-udp', 'postern-transport-udp'])
    expect(state).toBe('running')
  })

  test('a module that is named is the only one looked for, and is no setting of the transport', async () => {
    const fake = fakeTransport()
    const { asked, state } = await loaded(
      { udp: { module: './mine.js' } },
      { './mine.js': { inittransport_udp: fake.init } },
    )
    expect(asked).toEqual(['./mine.js'])
    expect(state).toBe('running')
    expect(fake.env.config.has('module')).toBe(false)
  })

  test('a dash in a name is an underscore in the export and stays in the package', async () => {
    const { asked, state } = await loaded(
      { 'web-rtc': {} },
      { '@postern/transport-web-rtc': { inittransport_web_rtc: fakeTransport().init } },
    )
    expect(asked).toEqual(['@postern/transport-web-rtc'])
    expect(state).toBe('running')
  })

  test('an init that is given is used, and nothing is loaded', async () => {
    const { asked, state } = await loaded({ udp: { init: fakeTransport().init } }, {})
    expect(asked).toEqual([])
    expect(state).toBe('running')
  })
})

describe('2.2/loading that fails, word for word', () => {
  test('neither package is there', async () => {
    expect((await loaded({ udp: {} }, {})).reason).toEqual({
      code: 'ERR_TRANSPORT_NOT_FOUND',
      message:
        'transport udp: @postern/transport-udp or postern-transport-udp not found; install one of them, or set `module`',
    })
  })

  test('the module that was named is not there', async () => {
    expect((await loaded({ udp: { module: 'mine' } }, {})).reason).toEqual({
      code: 'ERR_TRANSPORT_NOT_FOUND',
      message: 'transport udp: mine not found; install it, or change `module`',
    })
  })

  test('a package that is there and throws while loading is reported as such, not passed over', async () => {
    const packages = {
      '@postern/transport-udp': new Error('boom'),
      'postern-transport-udp': { inittransport_udp: fakeTransport().init },
    }
    const { asked, reason } = await loaded({ udp: {} }, packages)
    expect(asked).toEqual(['@postern/transport-udp'])
    expect(reason).toEqual({
      code: 'ERR_TRANSPORT_LOAD',
      message: 'transport udp (@postern/transport-udp): loading it failed: boom',
    })
  })

  test('a package that is there but lacks a dependency is reported with the dependency', async () => {
    const lacking = Object.assign(
      new Error(
        "Cannot find package 'nodemailer' imported from /app/node_modules/@postern/transport-smtp/dist/index.js",
      ),
      { code: 'ERR_MODULE_NOT_FOUND' },
    )
    const { asked, reason } = await loaded({ smtp: {} }, { '@postern/transport-smtp': lacking })
    expect(asked).toEqual(['@postern/transport-smtp'])
    expect(reason).toMatchObject({ code: 'ERR_TRANSPORT_LOAD', message: expect.stringContaining("'nodemailer'") })
  })

  test('a package that was installed without its files is broken, not missing', async () => {
    const broken = Object.assign(
      new Error(
        "Cannot find module '/app/node_modules/@postern/transport-udp/dist/index.js' imported from /app/main.js",
      ),
      { code: 'ERR_MODULE_NOT_FOUND' },
    )
    expect((await loaded({ udp: {} }, { '@postern/transport-udp': broken })).reason).toMatchObject({
      code: 'ERR_TRANSPORT_LOAD',
    })
  })

  test.each<[string, unknown, string]>([
    ['another name', { openUdp: () => {}, inittransport_tcp: () => {} }, 'found openUdp, inittransport_tcp'],
    ['nothing', {}, 'found nothing'],
    ['no module at all', 'text', 'found nothing'],
    ['something else of that name', { inittransport_udp: 7 }, 'found inittransport_udp'],
  ])('a package that exports %s', async (_, exports, found) => {
    expect((await loaded({ udp: {} }, { '@postern/transport-udp': exports })).reason).toEqual({
      code: 'ERR_TRANSPORT_ENTRY',
      message: `transport udp (@postern/transport-udp): expected an exported function inittransport_udp, ${found}`,
    })
  })

  test('neither init nor a load function', async () => {
    const { core } = await worldOf({ udp: {} })
    expect(core.transports).toEqual([
      {
        name: 'udp',
        state: 'disabled',
        reason: {
          code: 'ERR_TRANSPORT_ENTRY',
          message: 'transport udp: give its `init`, or give core a `load` function to find it by name',
        },
      },
    ])
  })

  test.each(['', 'a b', '../evil', 'ü', 'a/b', 'x'.repeat(65)])(
    'the name %j is refused before anything is loaded',
    async (name) => {
      const { asked, reason } = await loaded({ [name]: {} }, {})
      expect(asked).toEqual([])
      expect(reason).toEqual({
        code: 'ERR_TRANSPORT_NAME',
        message: `transport ${JSON.stringify(name)}: a name is made of 1 to 64 letters, digits, "_" and "-"`,
      })
    },
  )

  test.each<[string, unknown, string, string]>([
    ['no table', null, 'ERR_TRANSPORT_ENTRY', 'transport udp: expected a table of settings'],
    ['a list', [], 'ERR_TRANSPORT_ENTRY', 'transport udp: expected a table of settings'],
    [
      'an init that is no function',
      { init: 7 },
      'ERR_TRANSPORT_ENTRY',
      'transport udp: `init` is to be the function inittransport_udp',
    ],
    [
      'a module that is no string',
      { module: 7 },
      'ERR_CONFIG',
      '[udp] module: expected the name of a package or the path of a file',
    ],
  ])('a choice that is %s', async (_, choice, code, message) => {
    const { reason } = await loaded({ udp: choice } as unknown as CoreOptions['transports'], {})
    expect(reason?.code).toBe(code)
    expect(reason?.message).toContain(message)
  })
})

describe('4/core', () => {
  test('a core without any transport is a core', async () => {
    await using core = await createCore({ identity: createIdentity(), transports: {} })
    expect(core.transports).toEqual([])
    expect(core.card()).toMatch(/^postern:card:/)
  })
})
