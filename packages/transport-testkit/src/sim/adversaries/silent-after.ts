/**
 * Answers until it matters: what is in the clear, PINGs and handshakes, reaches its core, and so does what is small enough to be a
 * challenge; the rest of what is encrypted vanishes on the way in. Its victims choose the path, because it was validated and cheap,
 * and lose what they send over it, until they ask for proof of delivery.
 */
import type { InitTransport, Message } from '@postern/transport-api'

export interface SilentAfterOptions {
  /** False: nothing reaches its core, not even what is in the clear. True when left out. */
  readonly validates?: boolean
  /** Does this encrypted message vanish? `count` is how many have come so far, this one included. */
  readonly swallows?: (message: Message, count: number) => boolean
}

/** A challenge within a frame is smaller; data mostly is not. */
const LARGEST_CHALLENGE_OCTETS = 128

export function silentAfter(
  init: InitTransport,
  { validates = true, swallows = ({ size }) => size > LARGEST_CHALLENGE_OCTETS }: SilentAfterOptions = {},
): InitTransport {
  return (core, env) => {
    let count = 0
    const isSwallowed = (message: Message): boolean => {
      if (!validates) return true
      if (!message.isEncrypted) return false
      count += 1
      return swallows(message, count)
    }
    return init(
      {
        version: core.version,
        myIdentity: core.myIdentity,
        receive: (mp) => {
          if (!isSwallowed(mp)) core.receive(mp)
        },
        event: (e) => core.event(e),
      },
      env,
    )
  }
}
