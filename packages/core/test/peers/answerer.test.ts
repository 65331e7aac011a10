import { createIdentity } from '@postern/crypto'
import { PROTOCOL, pingCodec, pongCodec } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { asked, HOUR_MS, heloOf, inet, pingIn, worldOf } from './samples.js'

const OWNER = createIdentity()

describe('4/validation: PINGs to us', () => {
  const source = new Uint8Array([203, 0, 113, 5])

  test('answered for an address in a HELO of our own, by anything, with no more octets than were asked with', () => {
    const { us, own, validator } = worldOf()
    for (const octets of [6, 18, 512]) {
      const helo = heloOf(us, { protocol: PROTOCOL.TCP, address: new Uint8Array(octets) })
      own.push(helo)
      const ping = { ...pingIn(asked(us)), protocol: helo.protocol, address: helo.senderAddress }
      for (const seen of [source, new Uint8Array(64), new Uint8Array(65)]) {
        const body = validator.received(ping, seen, false)
        if (typeof body === 'string') throw new Error(body)
        expect(body.byteLength).toBeLessThanOrEqual(pingCodec.encode(ping).byteLength)
        const pong = pongCodec.decode(body)
        expect(pong).toMatchObject({
          ok: true,
          value: { ...ping, observed: seen.length > 64 ? new Uint8Array(0) : seen },
        })
      }
    }
  })

  test('not answered: for another node, for no address of ours, a withdrawn or expired one, our own come back', () => {
    const { us, own, validator, clock } = worldOf()
    const ping = pingIn(asked(us))
    expect(validator.received(ping, source, false)).toBe('not-ours')
    own.push(heloOf(us, { withdrawn: true }))
    expect(validator.received(ping, source, false)).toBe('not-ours')
    own[0] = heloOf(us)
    expect(validator.received({ ...ping, address: inet(8) }, source, false)).toBe('not-ours')
    expect(validator.received({ ...ping, protocol: PROTOCOL.TCP }, source, false)).toBe('not-ours')
    expect(validator.received({ ...ping, target: OWNER.nodeId }, source, false)).toBe('not-ours')
    expect(validator.received({ ...ping, asker: us.nodeId }, source, false)).toBe('not-ours')
    expect(validator.received(ping, source, false)).toBeInstanceOf(Uint8Array)
    clock.advance(13 * HOUR_MS)
    expect(validator.received(ping, source, false)).toBe('not-ours')
  })

  test('8/reflection: a source that is not proven gets 12 PONGs, then one a second; all such sources half of what there is', () => {
    const { us, own, validator, clock } = worldOf()
    own.push(heloOf(us))
    const ping = pingIn(asked(us))
    const answers = (from: Uint8Array, isUnproven: boolean, count: number) =>
      Array.from({ length: count }, () => validator.received(ping, from, isUnproven)).filter(
        (a) => typeof a !== 'string',
      ).length
    expect(answers(source, true, 12)).toBe(12)
    expect(validator.received(ping, source, true)).toBe('answer-budget')
    clock.advance(1_000)
    expect(answers(source, true, 5)).toBe(1)
    for (let host = 0; host < 40; host += 1) answers(inet(host).subarray(0, 4), true, 12)
    expect(answers(inet(99).subarray(0, 4), true, 1)).toBe(0)
    expect(answers(source, false, 401)).toBe(200)
  })
})
