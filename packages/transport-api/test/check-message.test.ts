import { expect, test } from 'vitest'
import { checkMessage, type Message, TransportError } from '../src/index.js'

const MTU = 100
const messageOf = (size: number, changes: Partial<Message> = {}): Message => ({
  msg: new Uint8Array(size),
  size,
  isEncrypted: false,
  crc: 0,
  ...changes,
})

test.each([0, 1, MTU - 1, MTU])('2/mtu: %d octets may be sent where the mtu is 100', (size) => {
  expect(() => checkMessage(messageOf(size), MTU)).not.toThrow()
})

test('2/mtu: one octet more is the bug of the caller, with value and limit', () => {
  expect(() => checkMessage(messageOf(MTU + 1), MTU)).toThrow(
    new TransportError('ERR_MESSAGE_TOO_LARGE', 'size 101 exceeds mtu 100'),
  )
  expect(() => checkMessage(messageOf(MTU + 1), MTU)).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
  )
})

test.each([-1, 4, 6, 5.5, Number.NaN])('2/message: size %d beside 5 octets is invalid', (size) => {
  expect(() => checkMessage(messageOf(5, { size }), MTU)).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_INVALID', message: `size ${size} is not the 5 octets of msg` }),
  )
})

test.each([0, 1, 2 ** 31, 2 ** 32 - 1])('2/message: crc %d is carried', (crc) => {
  expect(() => checkMessage(messageOf(5, { crc }), MTU)).not.toThrow()
})

test.each([-1, 2 ** 32, 0.5, Number.NaN])('2/message: crc %d is no u32', (crc) => {
  expect(() => checkMessage(messageOf(5, { crc }), MTU)).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_INVALID', message: `crc ${crc} is not a u32` }),
  )
})
