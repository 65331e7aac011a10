import {
  type CaseResult,
  type ConformanceReport,
  formatReports,
  isClean,
  sharedNumbers,
  type TransportFacts,
} from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'

const FACTS: TransportFacts = {
  protocolNumber: 61_001,
  mtu: 1_400,
  cost: 100,
  traits: {
    directions: { in: true, out: true },
    reliable: false,
    ordered: false,
    maxLatencyMs: 3_000,
    idleMs: 1_500,
    sourceProven: false,
  },
}

const VALUES = { clause: 'P2.1/values', title: 'what goes in comes out', look: 'the encoding' }
const CUT = { clause: 'D2/cut', title: 'a break is told', look: 'the end of a stream' }
const STALE = { clause: 'P2.2/stale', title: 'silence ends a session', look: '`heard`' }

const kept = (of: typeof VALUES): CaseResult => ({ ...of, outcome: 'kept', seen: null, tookMs: 400 })
const broken = (of: typeof VALUES, seen: string): CaseResult => ({ ...of, outcome: 'broken', seen, tookMs: 850 })
const notPromised = (of: typeof VALUES): CaseResult => ({ ...of, outcome: 'not-promised', seen: null, tookMs: 0 })

const pigeon: ConformanceReport = {
  package: 'postern-transport-pigeon',
  seed: 7,
  transport: FACTS,
  problem: null,
  results: [kept(VALUES), broken(STALE, 'expected session-ended; seen: nothing of it'), notPromised(CUT)],
}
const udp: ConformanceReport = {
  package: '@postern/transport-udp',
  seed: 1,
  transport: {
    ...FACTS,
    protocolNumber: 1,
    traits: {
      ...FACTS.traits,
      directions: { in: true, out: false },
      reliable: true,
      ordered: true,
      sourceProven: true,
      maxLatencyMs: 7_200_000,
      idleMs: 10,
    },
  },
  problem: null,
  results: [kept(VALUES), kept(CUT)],
}
const unmade: ConformanceReport = {
  package: '@me/smoke',
  seed: 1,
  transport: null,
  problem: 'expected a transport from its init; seen: null',
  results: [],
}

describe('7/report', () => {
  test('a column for each transport, a line for each clause, then what is broken and where to look', () => {
    expect(formatReports([pigeon, udp])).toBe(
      [
        'postern-transport-pigeon: protocol 61001, mtu 1400, cost 100, in and out, unreliable, unordered, sources not proven, latency up to 3 s, idle 1500 ms (seed 7)',
        '@postern/transport-udp: protocol 1, mtu 1400, cost 100, in, reliable, ordered, sources proven, latency up to 2 h, idle 10 ms (seed 1)',
        '',
        'pigeon  udp',
        '  ✓      ✓   P2.1/values  what goes in comes out',
        '  ✗          P2.2/stale   silence ends a session',
        '  –      ✓   D2/cut       a break is told',
        '',
        '✗ postern-transport-pigeon breaks P2.2/stale: silence ends a session',
        '  what happened: expected session-ended; seen: nothing of it',
        '  where to look: `heard`',
        '  what it means: docs/writing-a-transport.md, "P2.2/stale"',
        '',
        '✗ postern-transport-pigeon: 1 kept, 1 broken, 1 not promised, 1.3 s',
        '✓ @postern/transport-udp: 2 kept, 0 broken, 0 not promised, 0.8 s',
      ].join('\n'),
    )
  })

  test('a transport that could not be tried has no column, and its problem is the last word', () => {
    expect(formatReports([unmade])).toBe(
      ['@me/smoke: could not be tried', '', '', '✗ @me/smoke: expected a transport from its init; seen: null'].join(
        '\n',
      ),
    )
    expect(formatReports([unmade, udp])).toContain('\nudp\n ✓   P2.1/values  what goes in comes out\n')
  })

  test('a transport that goes nowhere says so', () => {
    const traits = { ...FACTS.traits, directions: { in: false, out: false } }
    expect(formatReports([{ ...udp, transport: { ...FACTS, traits } }])).toContain('cost 100, no direction, unreliable')
  })

  test('two transports with one number are told, by both names', () => {
    const line =
      '✗ protocolNumber 61001 is claimed by postern-transport-pigeon and other: each transport has a number of its own, see PROTOCOL-NUMBERS.md'
    const other = { ...pigeon, package: 'other', results: [] }
    expect(sharedNumbers([pigeon, udp, other])).toEqual([line])
    expect(formatReports([pigeon, udp, other])).toContain(`\n\n${line}\n\n`)
    expect(isClean([udp, { ...udp, package: 'other' }])).toBe(false)
  })

  test('what could not be tried claims no number, nor does what is none', () => {
    const nameless = { ...pigeon, transport: { ...FACTS, protocolNumber: Number.NaN } }
    expect(sharedNumbers([unmade, unmade, nameless, nameless])).toEqual([])
  })

  test('clean is what keeps all it promises and could be tried', () => {
    expect(isClean([])).toBe(true)
    expect(isClean([udp])).toBe(true)
    expect(isClean([{ ...udp, results: [notPromised(CUT)] }])).toBe(true)
    expect(isClean([udp, pigeon])).toBe(false)
    expect(isClean([unmade])).toBe(false)
  })
})
