/**
 * Answering a PING and judging the answer. Never decides whether to answer (is the address in a HELO of ours?) and never remembers
 * a PING: both are core's business. DESIGN section 4, PROTOCOL.md section 8.
 */
import { type Identity, publicIdentity, SIGNATURE_CONTEXT } from '@postern/crypto'
import type { Ping } from './ping.js'
import { type Pong, signedBytesOfPong, type UnsignedPong } from './pong.js'
import { sameOctets } from './wire/same-octets.js'

/** Every reason not to believe a PONG that decoded; a test reaches each one. */
export const PONG_FAULTS = ['not-the-answer', 'bad-signature'] as const

export type PongFault = (typeof PONG_FAULTS)[number]

/** Our answer to `ping`. Every array is copied. RangeError: somebody else is asked, or `observed` is too long. */
export function signPong(identity: Identity, ping: Ping, observed: Uint8Array): Pong {
  if (ping.target !== identity.nodeId) throw new RangeError(`a PING for ${ping.target} is not ours to answer`)
  const unsigned: UnsignedPong = {
    challenge: new Uint8Array(ping.challenge),
    target: ping.target,
    asker: ping.asker,
    protocol: ping.protocol,
    address: new Uint8Array(ping.address),
    observed: new Uint8Array(observed),
  }
  return { ...unsigned, signature: identity.sign(SIGNATURE_CONTEXT.PONG, signedBytesOfPong(unsigned)) }
}

/**
 * What is wrong with a decoded PONG as the answer to the PING we sent, or null. `publicKey` is the target's; with any other
 * key the signature is bad. About 125 µs, nearly all of it the signature: last. RangeError: no decoder gave this.
 */
export function checkPong(pong: Pong, ping: Ping, publicKey: Uint8Array): PongFault | null {
  if (!isAnswerTo(pong, ping)) return 'not-the-answer'
  const signer = publicIdentity(publicKey)
  const genuine =
    signer?.nodeId === ping.target && signer.verify(SIGNATURE_CONTEXT.PONG, signedBytesOfPong(pong), pong.signature)
  return genuine ? null : 'bad-signature'
}

function isAnswerTo(pong: Pong, ping: Ping): boolean {
  return (
    sameOctets(pong.challenge, ping.challenge) &&
    pong.target === ping.target &&
    pong.asker === ping.asker &&
    pong.protocol === ping.protocol &&
    sameOctets(pong.address, ping.address)
  )
}
