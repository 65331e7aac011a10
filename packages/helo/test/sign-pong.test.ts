import { nodeIdOf } from '@postern/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkPong,
  type Ping,
  PONG_FAULTS,
  type Pong,
  type PongFault,
  PROTOCOL,
  pongCodec,
  signPong,
} from '../src/index.js'
import { signedBytesOfPong } from '../src/pong.js'
import { toHex } from './hex.js'
import { OBSERVED, PING, PONG, PONG_BYTES, pings } from './questions.js'
import { flipBit, OTHER, OWNER } from './samples.js'

describe('8/pong signature', () => {
  test('covers octets 0-86, the address and what was observed', () => {
    expect(toHex(signedBytesOfPong(PONG))).toBe(toHex(PONG_BYTES.slice(0, 87)) + toHex(PONG_BYTES.slice(151)))
  })

  test('the answer to the golden PING is the golden PONG', () => {
    expect(signPong(OWNER, PING, OBSERVED)).toEqual(PONG)
    expect(checkPong(PONG, PING, OWNER.publicKey)).toBeNull()
  })

  test('an answer is believed by who asked, and the observed source may be anything', () => {
    fc.assert(
      fc.property(pings, fc.uint8Array({ maxLength: 64 }), (ping, observed) => {
        const asked = { ...ping, target: OWNER.nodeId }
        expect(checkPong(signPong(OWNER, asked, observed), asked, OWNER.publicKey)).toBeNull()
      }),
      { numRuns: 50 },
    )
  })

  test('any flipped bit of any octet is refused', () => {
    for (let bit = 0; bit < PONG_BYTES.byteLength * 8; bit += 1) {
      const decoded = pongCodec.decode(flipBit(PONG_BYTES, bit))
      expect(decoded.ok && checkPong(decoded.value, PING, OWNER.publicKey), `bit ${bit}`).not.toBeNull()
    }
  })

  test('every array is copied', () => {
    const ping = { ...PING, challenge: new Uint8Array(PING.challenge), address: new Uint8Array(PING.address) }
    const observed = new Uint8Array(OBSERVED)
    const pong = signPong(OWNER, ping, observed)
    for (const bytes of [ping.challenge, ping.address, observed]) bytes.fill(0)
    expect(pong).toEqual(PONG)
  })

  test('what belongs to a PING in the memory of its sender does not come along', () => {
    const pending = { ...PING, sentAt: 7 }
    expect(signPong(OWNER, pending, OBSERVED)).toEqual(PONG)
  })

  test('a PING for another node is not ours to answer', () => {
    expect(() => signPong(OTHER, PING, OBSERVED)).toThrow(
      new RangeError(`a PING for ${OWNER.nodeId} is not ours to answer`),
    )
  })

  test('a source of 65 octets is not signed', () => {
    expect(() => signPong(OWNER, PING, new Uint8Array(65))).toThrow('observed of 65 octets, not 0 to 64')
  })
})

describe('8/pong faults', () => {
  const asked = (change: Partial<Ping>): Ping => ({ ...PING, ...change })
  const smallOrder = new Uint8Array(32)
  const forSmallOrder = { target: nodeIdOf(smallOrder) }
  const cases: readonly (readonly [name: string, pong: Pong, ping: Ping, key: Uint8Array, fault: PongFault])[] = [
    ['another challenge', PONG, asked({ challenge: flipBit(PING.challenge, 0) }), OWNER.publicKey, 'not-the-answer'],
    ['the last bit of it', PONG, asked({ challenge: flipBit(PING.challenge, 127) }), OWNER.publicKey, 'not-the-answer'],
    ['another target', PONG, asked({ target: OTHER.nodeId }), OTHER.publicKey, 'not-the-answer'],
    ['another asker', PONG, asked({ asker: OWNER.nodeId }), OWNER.publicKey, 'not-the-answer'],
    ['another protocol', PONG, asked({ protocol: PROTOCOL.TCP }), OWNER.publicKey, 'not-the-answer'],
    ['another address', PONG, asked({ address: flipBit(PING.address, 40) }), OWNER.publicKey, 'not-the-answer'],
    ['a longer one', PONG, asked({ address: Uint8Array.of(...PING.address, 0) }), OWNER.publicKey, 'not-the-answer'],
    ['a shorter one', PONG, asked({ address: PING.address.subarray(0, 5) }), OWNER.publicKey, 'not-the-answer'],
    ['a key that is not of the target', PONG, PING, OTHER.publicKey, 'bad-signature'],
    ['signed by another node', { ...PONG, signature: signedByOther() }, PING, OWNER.publicKey, 'bad-signature'],
    [
      'signed by another node, its key',
      { ...PONG, signature: signedByOther() },
      PING,
      OTHER.publicKey,
      'bad-signature',
    ],
    ['a signature of 63 octets', { ...PONG, signature: new Uint8Array(63) }, PING, OWNER.publicKey, 'bad-signature'],
    ['observed elsewhere', { ...PONG, observed: flipBit(OBSERVED, 0) }, PING, OWNER.publicKey, 'bad-signature'],
    [
      'a key that verifies anything for everyone',
      { ...PONG, ...forSmallOrder },
      asked(forSmallOrder),
      smallOrder,
      'bad-signature',
    ],
  ]

  test.each(cases)('%s', (_, pong, ping, publicKey, fault) => {
    expect(checkPong(pong, ping, publicKey)).toBe(fault)
  })

  test('every fault is reached above', () => {
    expect(new Set(cases.map(([, , , , fault]) => fault))).toEqual(new Set(PONG_FAULTS))
  })
})

/** OTHER's signature under the very bytes that OWNER would have to sign. */
function signedByOther(): Uint8Array {
  return OTHER.sign('postern/1 pong', signedBytesOfPong(PONG))
}
