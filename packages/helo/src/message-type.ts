/**
 * Numbers of message types. The registry is PROTOCOL-NUMBERS.md; a test holds this table against it.
 * Never decides who may receive what.
 */

/** A u16 of the registry; 0 is never used. */
export type MessageType = number

/** The core's own messages. */
export const MESSAGE_TYPE = {
  HELO: 1,
  PING: 2,
  PONG: 3,
  HANDSHAKE_FIRST: 4,
  HANDSHAKE_SECOND: 5,
  COOKIE: 6,
  FRAGMENT: 7,
  CHALLENGE: 8,
  ECHO: 9,
  REPORT: 10,
  CLOSE: 11,
  PADDING: 12,
} as const

/** What needs no link: a node announces itself, an address is tested, a link begins. */
const CLEAR_TYPES: ReadonlySet<MessageType> = new Set([
  MESSAGE_TYPE.HELO,
  MESSAGE_TYPE.PING,
  MESSAGE_TYPE.PONG,
  MESSAGE_TYPE.HANDSHAKE_FIRST,
  MESSAGE_TYPE.HANDSHAKE_SECOND,
  MESSAGE_TYPE.COOKIE,
])

/** Below this number types belong to the core. */
export const FIRST_APPLICATION_TYPE = 256

/** From this number on anybody may use a type without asking. */
export const FIRST_PRIVATE_TYPE = 32_768

/** The last type there is. */
const MAX_MESSAGE_TYPE = 0xffff

/** True for the types nobody has to register. */
export function isPrivateMessageType(type: MessageType): boolean {
  return Number.isInteger(type) && type >= FIRST_PRIVATE_TYPE && type <= MAX_MESSAGE_TYPE
}

/** May the core's own messages of this type come in the clear? Applications ask for theirs when they register. */
export function isClearMessageType(type: MessageType): boolean {
  return CLEAR_TYPES.has(type)
}

/** RangeError for 0 and for what is no u16: types nobody can send. */
export function requireMessageType(type: MessageType): void {
  if (!Number.isInteger(type) || type < 1 || type > MAX_MESSAGE_TYPE)
    throw new RangeError(`message type ${type} is no integer from 1 to ${MAX_MESSAGE_TYPE}`)
}
