import type { Message } from '@postern/transport-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FRAME_HEADER_OCTETS } from '../src/constants.js'
import { FRAME_FAULTS, FrameReader } from '../src/framing.js'
import { encodeFrame } from './harness.js'

const MTU = 16_384
const MESSAGE: Message = { msg: Uint8Array.of(0xca, 0xfe), size: 2, isEncrypted: true, crc: 0x01020304 }
// size | flags | crc | msg
const GOLDEN = Buffer.from('00 00 00 02 01 01 02 03 04 ca fe'.replaceAll(' ', ''), 'hex')

/** All that a reader makes of the pieces, up to the first fault. */
function read(pieces: readonly Uint8Array[], mtu: number = MTU): unknown[] {
  const reader = new FrameReader(mtu)
  const out: unknown[] = []
  for (const piece of pieces) {
    reader.push(Buffer.from(piece))
    for (let next = reader.next(); next !== null; next = reader.next()) {
      out.push(typeof next === 'string' ? next : { ...next, msg: new Uint8Array(next.msg) })
      if (typeof next === 'string') return out
    }
  }
  return out
}

test('PROTOCOL 6: a frame has these octets, in both directions', () => {
  expect(encodeFrame(MESSAGE)).toEqual(GOLDEN)
  expect(read([GOLDEN])).toEqual([MESSAGE])
})

test('PROTOCOL 6: a strict prefix is an unfinished frame, and the rest completes it, wherever it is cut', () => {
  for (let cut = 0; cut <= GOLDEN.length; cut += 1) {
    const [head, tail] = [GOLDEN.subarray(0, cut), GOLDEN.subarray(cut)]
    if (cut < GOLDEN.length) expect(read([head])).toEqual([])
    expect(read([head, tail])).toEqual([MESSAGE])
    expect(read([head, Buffer.concat([tail, GOLDEN, head]), tail])).toEqual([MESSAGE, MESSAGE, MESSAGE])
  }
})

test('PROTOCOL 6: any messages survive any cutting of the stream', () => {
  const message = fc
    .record({ msg: fc.uint8Array({ maxLength: 300 }), isEncrypted: fc.boolean(), crc: fc.nat(0xffff_ffff) })
    .map((one): Message => ({ ...one, size: one.msg.byteLength }))
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(40), { maxLength: 200 }), (messages, cuts) => {
      const stream = Buffer.concat(messages.map(encodeFrame))
      const pieces: Buffer[] = []
      let at = 0
      for (const cut of cuts) {
        pieces.push(stream.subarray(at, at + cut))
        at += cut
      }
      pieces.push(stream.subarray(at))
      expect(read(pieces)).toEqual(messages)
    }),
  )
})

test('PROTOCOL 6: a frame of the mtu is read, one octet more is a fault, and so are 4 GiB', () => {
  const frame = (size: number): Buffer => {
    const bytes = Buffer.alloc(FRAME_HEADER_OCTETS + Math.min(size, MTU + 1))
    bytes.writeUInt32BE(size)
    return bytes
  }
  expect(read([frame(MTU)])).toHaveLength(1)
  expect(read([frame(0)])).toHaveLength(1)
  expect(read([frame(MTU + 1)])).toEqual(['oversize'])
  expect(read([frame(0xffff_ffff)])).toEqual(['oversize'])
})

test('PROTOCOL 6: each reserved flag is a fault', () => {
  for (let bit = 1; bit < 8; bit += 1) {
    const bytes = Buffer.from(GOLDEN)
    bytes[4] = 1 << bit
    expect(read([bytes])).toEqual(['reserved-flags'])
  }
})

test('8/limits: what is kept for an unfinished frame is what arrived, not what it announces', () => {
  const reader = new FrameReader(1_048_576)
  const before = process.memoryUsage().arrayBuffers
  const readers = Array.from({ length: 200 }, () => new FrameReader(1_048_576))
  const announcement = Buffer.alloc(FRAME_HEADER_OCTETS + 1)
  announcement.writeUInt32BE(1_048_576)
  for (const one of [reader, ...readers]) {
    one.push(announcement)
    expect(one.next()).toBeNull()
    expect(one.isWaiting).toBe(true)
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1_048_576)
})

test('8/garbage: arbitrary octets, in any pieces, never throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (pieces) => {
      for (const one of read(pieces)) {
        if (typeof one === 'string') expect(FRAME_FAULTS).toContain(one)
      }
    }),
  )
})
