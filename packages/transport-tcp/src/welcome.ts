/**
 * What each side says first (PROTOCOL.md section 6): version, then its node id. Bytes in, bytes out.
 *
 *   01 | 32 octets of node id
 */
import { NODE_ID_OCTETS, type NodeId, nodeIdFromBytes, nodeIdToBytes } from '@postern/crypto'
import { WELCOME_VERSION } from './constants.js'

export const WELCOME_OCTETS: number = 1 + NODE_ID_OCTETS

export function encodeWelcome(sender: NodeId): Uint8Array {
  const welcome = new Uint8Array(WELCOME_OCTETS)
  welcome[0] = WELCOME_VERSION
  welcome.set(nodeIdToBytes(sender), 1)
  return welcome
}

/** `bytes` may be longer or shorter than a welcome; a wrong version is told at the first octet. Never throws. */
export function decodeWelcome(bytes: Uint8Array): NodeId | 'incomplete' | 'unknown-version' {
  if (bytes.length > 0 && bytes[0] !== WELCOME_VERSION) return 'unknown-version'
  if (bytes.length < WELCOME_OCTETS) return 'incomplete'
  return nodeIdFromBytes(bytes.subarray(1, WELCOME_OCTETS))
}
