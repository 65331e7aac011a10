/**
 * Handshake patterns as data: who says what, in which order. Noise (revision 34) sections 7 and 9.
 * Postern speaks IK; the others are held to the same published vectors and keep the machine honest.
 */

/** Who began. */
export type Role = 'initiator' | 'responder'

/** What a message is made of; the payload follows the last one. */
export type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk'

/** One pattern. */
export interface HandshakePattern {
  /** As in the name of the protocol. */
  readonly name: string
  /** Whose static key the other side has before the first message. */
  readonly known: readonly Role[]
  /** In turns, the initiator first. */
  readonly messages: readonly (readonly Token[])[]
}

/** The initiator knows the responder, and shows itself in its first message. */
export const IK: HandshakePattern = {
  name: 'IK',
  known: ['responder'],
  messages: [
    ['e', 'es', 's', 'ss'],
    ['e', 'ee', 'se'],
  ],
}

/** IK, and a key shared before. */
export const IKpsk2: HandshakePattern = {
  name: 'IKpsk2',
  known: ['responder'],
  messages: [
    ['e', 'es', 's', 'ss'],
    ['e', 'ee', 'se', 'psk'],
  ],
}

/** One way only. */
export const X: HandshakePattern = { name: 'X', known: ['responder'], messages: [['e', 'es', 's', 'ss']] }

/** X, and a key shared before. */
export const Xpsk1: HandshakePattern = {
  name: 'Xpsk1',
  known: ['responder'],
  messages: [['e', 'es', 's', 'ss', 'psk']],
}

/** Neither knows the other. */
export const XX: HandshakePattern = {
  name: 'XX',
  known: [],
  messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
}
