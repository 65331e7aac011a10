/** What an author hands in while nothing works yet: the report says what is wrong, and nothing rejects. */
import { checkContractVersion, type InitTransport, TransportError } from '@postern/transport-api'
import { conformanceCases, formatReports, isClean, simHarness } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { METHODS, never, PACKAGE, PATIENCE_MS, QUICK, reportOn, seenIn, withMembers } from './bad-transports.js'

const NONSENSE = 'nonsense'

describe('7/bad input: no transport', () => {
  test.each<[string, unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('no socket')
      },
      'Error: no socket',
    ],
    [
      'rejects with a code',
      async () => {
        throw new TransportError('ERR_CONNECT_FAILED', 'port 25')
      },
      'TransportError: port 25 (ERR_CONNECT_FAILED)',
    ],
    [
      'throws what is no error',
      () => {
        throw 'nothing works'
      },
      'nothing works',
    ],
    ['gives null', () => null, 'null'],
    ['gives undefined', () => undefined, 'nothing'],
    ['gives a string', async () => 'udp', 'a string'],
    ['gives a class instead of an instance', () => class {}, 'a function'],
    ['is no function', 'inittransport_udp', 'TypeError: around(...) is not a function'],
    ['never gives anything', () => never(), 'neither a result nor an error'],
  ])('an init that %s', async (_, init, found) => {
    const report = await reportOn(() => init)
    const problem = `expected a transport from its init; seen: ${found}`
    expect(report).toEqual({ package: PACKAGE, seed: 1, transport: null, problem, results: [] })
    expect(formatReports([report]).split('\n').at(-1)).toBe(`✗ ${PACKAGE}: ${problem}`)
    expect(isClean([report])).toBe(false)
  })

  test('an init for another version of the contract', async () => {
    const report = await reportOn(
      (init): InitTransport =>
        (core, env) => {
          checkContractVersion({ ...core, version: 2 })
          return init(core, env)
        },
    )
    expect(report.problem).toBe(
      'expected a transport from its init; seen: TransportError: core speaks version 2 of the contract, this transport version 1: update the older of the two (ERR_CONTRACT_VERSION)',
    )
  })
})

describe('7/bad input: members', () => {
  test.each(['protocolNumber', 'mtu', 'cost', ...METHODS])(
    '%s of a wrong kind breaks D2/shape, which says what was expected and what was found',
    async (member) => {
      const report = await reportOn(
        withMembers(() => ({ [member]: NONSENSE })),
        QUICK,
      )
      expect(report.problem).toBeNull()
      const expected = (METHODS as readonly string[]).includes(member)
        ? 'a function'
        : expect.stringMatching(/^a whole number/)
      const [, said, found] = /^expected \S+ to be (.*); seen: (.*)$/.exec(seenIn(report, 'D2/shape') ?? '') ?? []
      expect([said, found]).toEqual([expected, 'a string'])
      expect(seenIn(report, 'D2/shape')).toContain(`expected ${member} to be `)
      expect(report.results).toHaveLength(QUICK.length)
      expect(formatReports([report])).toContain(`✗ ${PACKAGE} breaks D2/shape: `)
    },
  )

  test.each(['directions', 'reliable', 'ordered', 'sourceProven', 'maxLatencyMs', 'idleMs'])(
    'without traits.%s nobody knows what is promised: that is the problem',
    async (trait) => {
      const { problem, transport } = await reportOn(
        withMembers((sound) => ({ traits: { ...sound.traits, [trait]: undefined } })),
      )
      const member = trait === 'directions' ? 'directions.in' : trait
      expect(problem).toMatch(new RegExp(`^expected traits\\.${member} to be .+; seen: nothing$`))
      expect(transport).toBeNull()
    },
  )

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, '10'])(
    'a maxLatencyMs of %s holds up nothing',
    async (maxLatencyMs) => {
      const around = withMembers((sound) => ({ traits: { ...sound.traits, maxLatencyMs } }))
      const { problem } = await reportOn(around)
      expect(problem).toContain(
        'expected traits.maxLatencyMs to be a whole number of milliseconds from 1 to 4294967295',
      )
      const harness = simHarness({ style: 'datagram', around })
      await Promise.all(conformanceCases.map((one) => one.run(harness, { patienceMs: PATIENCE_MS }).catch(() => {})))
    },
  )

  test('without any traits', async () => {
    const { problem } = await reportOn(withMembers(() => ({ traits: undefined })))
    expect(problem).toBe('expected traits.directions.in to be true or false; seen: nothing')
  })

  test.each([
    ['mtu', 'a whole number of octets from 1 to 1048576'],
    ['traits', 'true or false'],
  ])('a getter %s that throws', async (member, expected) => {
    const { problem } = await reportOn(
      withMembers(() =>
        Object.defineProperty({}, member, {
          get: () => {
            throw new Error('not yet')
          },
        }),
      ),
    )
    expect(problem).toBe(
      `expected ${member === 'traits' ? 'traits.directions.in' : member} to be ${expected}; seen: nothing`,
    )
  })

  test('one number for two transports', async () => {
    const reports = [
      await reportOn((init) => init),
      { ...(await reportOn((init) => init)), package: 'postern-transport-copy' },
    ]
    expect(reports.every((report) => isClean([report]))).toBe(true)
    expect(isClean(reports)).toBe(false)
    expect(formatReports(reports)).toContain(
      `✗ protocolNumber 61441 is claimed by ${PACKAGE} and postern-transport-copy`,
    )
  })
})
