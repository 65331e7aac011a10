/**
 * Numbers of message types. The registry is PROTOCOL-NUMBERS.md; a test holds this table against it.
 * Never decides who may receive what.
 */

/** A u16 of the registry; 0 is never used. */
export type MessageType = number

/** The core's own messages, sent in the clear or not. */
export const MESSAGE_TYPE = { HELO: 1, PING: 2, PONG: 3 } as const

/** Below this number types belong to the core. */
export const FIRST_APPLICATION_TYPE = 256

/** From this number on anybody may use a type without asking. */
export const FIRST_PRIVATE_TYPE = 32_768

/** The last type there is. */
export const MAX_MESSAGE_TYPE = 0xffff

/** True for the types nobody has to register. */
export function isPrivateMessageType(type: MessageType): boolean {
  return Number.isInteger(type) && type >= FIRST_PRIVATE_TYPE && type <= MAX_MESSAGE_TYPE
}
