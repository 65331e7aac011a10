import { VirtualClock } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { SessionTable } from '../src/index.js'

const IDLE_MS = 1000
const QUARTER_MS = IDLE_MS / 4

function tableOf({ maxUnheld = 10 } = {}) {
  const clock = new VirtualClock()
  const over: string[] = []
  const table = new SessionTable<string>({
    clock,
    idleMs: IDLE_MS,
    maxUnheld,
    onOver: (session, why) => over.push(`${session} ${why}`),
  })
  return { clock, over, table }
}

describe('2.2/holds', () => {
  test('a dialled session starts with one hold and is over when it is given back', () => {
    const { over, table } = tableOf()
    const life = table.open('a', 'dialled')
    expect(life.holds).toBe(1)
    expect(life.release()).toBe(true)
    expect(life).toMatchObject({ holds: 0, ended: true })
    expect(over).toEqual(['a released'])
    expect(table.size).toBe(0)
  })

  test('an inbound session starts without a hold; the last hold given back ends it', () => {
    const { over, table } = tableOf()
    const life = table.open('a', 'inbound')
    expect(life.holds).toBe(0)
    expect(life.associate()).toBe(true)
    expect(life.associate()).toBe(true)
    expect(life.release()).toBe(true)
    expect(over).toEqual([])
    expect(life.release()).toBe(true)
    expect(over).toEqual(['a released'])
  })

  test('a hold that is not there cannot be given back, and giving it back twice ends nothing twice', () => {
    const { over, table } = tableOf()
    const inbound = table.open('inbound', 'inbound')
    expect(inbound.release()).toBe(false)
    expect(inbound.ended).toBe(false)
    const dialled = table.open('dialled', 'dialled')
    expect(dialled.release()).toBe(true)
    expect(dialled.release()).toBe(false)
    expect(over).toEqual(['dialled released'])
  })

  test('after the peer is gone associate says false, and the holds may still be given back without effect', () => {
    const { over, table } = tableOf()
    const life = table.open('a', 'dialled')
    expect(life.associate()).toBe(true)
    life.end()
    expect(table.size).toBe(0)
    expect(life.associate()).toBe(false)
    expect([life.release(), life.release(), life.release()]).toEqual([true, true, false])
    life.end()
    expect(over).toEqual([])
  })

  test('sessions() names those that have not ended, held or not', () => {
    const { table } = tableOf()
    table.open('a', 'dialled')
    table.open('b', 'inbound')
    table.open('c', 'inbound').end()
    expect([...table.sessions()]).toEqual(['a', 'b'])
    expect(table).toMatchObject({ size: 2, unheld: 1 })
  })
})

describe('2.2/stale', () => {
  test('an inbound session nobody associated is timed out between idleMs and a quarter more of silence', () => {
    for (let offset = 0; offset < QUARTER_MS; offset += 10) {
      const { clock, over, table } = tableOf()
      table.open('clockwork', 'inbound')
      clock.advance(offset)
      const life = table.open('a', 'inbound')
      clock.advance(IDLE_MS - 1)
      expect(life.ended, `opened ${offset} ms after a sweep, silent for just under idleMs`).toBe(false)
      clock.advance(QUARTER_MS + 1)
      expect(life.ended, `opened ${offset} ms after a sweep, silent for 1.25 idleMs`).toBe(true)
      expect(over).toContain('a idle')
    }
  })

  test('whatever arrives starts the silence anew', () => {
    const { clock, over, table } = tableOf()
    const life = table.open('a', 'inbound')
    for (let i = 0; i < 10; i += 1) {
      clock.advance(IDLE_MS)
      life.heard()
    }
    expect(life.ended).toBe(false)
    clock.advance(IDLE_MS - 1)
    expect(life.ended).toBe(false)
    clock.advance(QUARTER_MS + 1)
    expect(over).toEqual(['a idle'])
  })

  test('a held session is never timed out', () => {
    const { clock, over, table } = tableOf()
    const dialled = table.open('dialled', 'dialled')
    const inbound = table.open('inbound', 'inbound')
    clock.advance(IDLE_MS - 1)
    inbound.associate()
    table.open('stranger', 'inbound')
    clock.advance(1000 * IDLE_MS)
    expect(over).toEqual(['stranger idle'])
    expect([dialled.ended, inbound.ended]).toEqual([false, false])
  })

  test('no timer is left when there is nothing to time out', () => {
    const { clock, table } = tableOf()
    table.open('dialled', 'dialled')
    expect(clock.pending).toBe(0)
    const held = table.open('held', 'inbound')
    expect(clock.pending).toBe(1)
    held.associate()
    expect(clock.pending).toBe(0)
    table.open('gone', 'inbound').end()
    expect(clock.pending).toBe(0)
    table.open('silent', 'inbound')
    clock.advance(2 * IDLE_MS)
    expect(clock.pending).toBe(0)
  })

  test('a session opened while another one is told to be over is watched, too', () => {
    const clock = new VirtualClock()
    const over: string[] = []
    const table = new SessionTable<string>({
      clock,
      idleMs: IDLE_MS,
      maxUnheld: 10,
      onOver: (session) => {
        over.push(session)
        if (over.length === 1) table.open('second', 'inbound')
      },
    })
    table.open('first', 'inbound')
    clock.advance(1.25 * IDLE_MS)
    expect(over).toEqual(['first'])
    clock.advance(1.25 * IDLE_MS)
    expect(over).toEqual(['first', 'second'])
    expect(clock.pending).toBe(0)
  })
})

describe('8/flood', () => {
  test('a full table ends the oldest unheld session for a new one', () => {
    const { over, table } = tableOf({ maxUnheld: 2 })
    table.open('a', 'inbound')
    table.open('b', 'inbound')
    table.open('c', 'inbound')
    expect(over).toEqual(['a evicted'])
    expect([...table.sessions()]).toEqual(['b', 'c'])
  })

  test('a session heard since it was last looked at gets a second chance, once', () => {
    const { over, table } = tableOf({ maxUnheld: 2 })
    const a = table.open('a', 'inbound')
    table.open('b', 'inbound')
    a.heard()
    table.open('c', 'inbound')
    expect(over).toEqual(['b evicted'])
    table.open('d', 'inbound')
    expect(over).toEqual(['b evicted', 'a evicted'])
  })

  test('when all were heard the oldest goes', () => {
    const { over, table } = tableOf({ maxUnheld: 3 })
    for (const name of ['a', 'b', 'c']) table.open(name, 'inbound').heard()
    table.open('d', 'inbound')
    expect(over).toEqual(['a evicted'])
  })

  test('held and dialled sessions neither count nor make room', () => {
    const { over, table } = tableOf({ maxUnheld: 1 })
    table.open('held', 'inbound').associate()
    table.open('dialled', 'dialled')
    table.open('a', 'inbound')
    expect(over).toEqual([])
    table.open('b', 'inbound')
    expect(over).toEqual(['a evicted'])
    expect(table).toMatchObject({ size: 3, unheld: 1 })
  })
})
