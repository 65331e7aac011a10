/** The twins are what our transports are measured against: short, and with the same octets on the wire. */
import { Socket as UdpSocket } from 'node:dgram'
import type { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { Socket as TcpSocket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { CONTESTANTS, type Role } from '../src/contestants.js'

const MAX_TWIN_LINES = 60
const MESSAGES = 10

test.each(['udp', 'tcp', 'smtp'])('the raw %s twin has at most 60 lines', (name) => {
  const text = readFileSync(new URL(`../src/raw/${name}.ts`, import.meta.url), 'utf8')
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_TWIN_LINES)
})

/** Octets that sockets of this kind gave to their owner during a run of MESSAGES, and the two that go ahead of it. */
async function received(transport: string, role: Role, octets: number): Promise<number> {
  const runner = await CONTESTANTS.find((one) => one.transport === transport && one.role === role)!.open(octets)
  try {
    await runner.run(1) // the TCP greetings are over
    let total = 0
    const sockets: EventEmitter = transport === 'udp' ? UdpSocket.prototype : TcpSocket.prototype
    const emit = sockets.emit
    vi.spyOn(sockets, 'emit').mockImplementation(function (this: EventEmitter, event: string | symbol, ...rest) {
      if (event === 'message' || event === 'data') total += (rest[0] as Buffer).length
      return emit.call(this, event, ...rest)
    })
    await runner.run(MESSAGES)
    return total
  } finally {
    vi.restoreAllMocks()
    await runner.close()
  }
}

test.each([11, 407, 1221])('udp: ours and the twins carry 38 octets more than the message of %i', async (octets) => {
  const expected = (2 + MESSAGES) * (38 + octets)
  for (const role of ['ours', 'raw', 'raw-again', 'raw-connected'] as const)
    expect(await received('udp', role, octets)).toBe(expected)
})

test.each([11, 407, 1221])('tcp: ours and the twins carry 9 octets more than the message of %i', async (octets) => {
  const expected = (2 + MESSAGES) * (9 + octets)
  for (const role of ['ours', 'raw', 'raw-again'] as const) expect(await received('tcp', role, octets)).toBe(expected)
})

test('the tcp twin puts together what the stream has cut', async () => {
  const runner = await CONTESTANTS.find(({ name }) => name === 'tcp raw')!.open(300_000)
  try {
    expect(await runner.run(3)).toHaveLength(4)
  } finally {
    await runner.close()
  }
})
