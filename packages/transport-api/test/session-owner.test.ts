import { PROTOCOL } from '@postern/helo'
import { VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { SessionOwner, type SessionRemote, SessionTable, type TSession } from '../src/index.js'

interface Mailbox extends SessionRemote {
  readonly mailbox: string
}

const FACE = { ttype: PROTOCOL.SMTP, mtu: 100, source: Uint8Array.of(1, 2, 3) }
const FOREIGN = expect.objectContaining({ code: 'ERR_SESSION_FOREIGN' })
const NOT_HELD = expect.objectContaining({ code: 'ERR_SESSION_NOT_HELD' })

function ownerWith(mailbox: string) {
  const owner = new SessionOwner<Mailbox>()
  const table = new SessionTable<TSession>({
    clock: new VirtualClock(),
    idleMs: 1_000,
    maxUnheld: 1,
    onOver: (session) => over.push(owner.remoteOf(session).mailbox),
  })
  const over: string[] = []
  const open = (): Mailbox =>
    owner.create(FACE, (session) => ({ session, life: table.open(session, 'dialled'), mailbox }))
  return { owner, table, over, open }
}

test('2.2/opaque: of a session only its face is seen; only its owner sees what stands behind it', () => {
  const { owner, table, open } = ownerWith('me')
  const remote = open()
  expect(Object.entries(remote.session)).toEqual(Object.entries(FACE))
  expect(owner.remoteOf(remote.session)).toBe(remote)
  expect([...table.sessions()]).toEqual([remote.session])
})

test('2/foreign: a session of another owner is foreign, and so is whatever only looks like one', () => {
  const { owner, open } = ownerWith('me')
  const { session } = open()
  const stranger = ownerWith('you').open().session
  for (const foreign of [stranger, FACE, { ...session }, Object.create(session) as TSession]) {
    expect(() => owner.remoteOf(foreign)).toThrow(FOREIGN)
    expect(() => owner.release(foreign)).toThrow(FOREIGN)
  }
})

test('2.2/holds: release gives back one hold, the last ends the session, and there is none to give after it', () => {
  const { owner, over, open } = ownerWith('me')
  const remote = open()
  remote.life.associate()
  expect(owner.release(remote.session)).toBe(remote)
  expect(over).toEqual([])
  expect(owner.release(remote.session).life.ended).toBe(true)
  expect(over).toEqual(['me'])
  expect(() => owner.release(remote.session)).toThrow(NOT_HELD)
  expect(owner.remoteOf(remote.session), 'it does not become foreign').toBe(remote)
})
