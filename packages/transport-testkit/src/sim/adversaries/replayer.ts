/**
 * Records what passes and sends it again later, octet for octet, as from the same sender. What its victims accept twice they do twice:
 * a first message with early data, a frame, a mail.
 */

import type { SimStyle } from '../sim-style.js'
import type { SimHost } from '../world/sim-host.js'
import type { SimWorld } from '../world/sim-world.js'
import type { TappedPacket } from '../world/taps.js'

export interface ReplayerOptions {
  /** From and to whom; anybody when left out. */
  readonly from?: SimHost | string
  readonly to?: SimHost | string
  readonly style?: SimStyle
  /** What it remembers, the first ones. */
  readonly most?: number
}

export interface Replayer extends Disposable {
  readonly recorded: readonly TappedPacket[]
  /** Sends all of them again, in their order, or those that `which` chooses; `from` another address where one is given. How many. */
  replay(options?: { readonly which?: (packet: TappedPacket, at: number) => boolean; readonly from?: string }): number
}

const MOST = 10_000

/** Records until it is disposed of. */
export function replayer(world: SimWorld, { from, to, style, most = MOST }: ReplayerOptions = {}): Replayer {
  const recorded: TappedPacket[] = []
  const [sender, receiver] = [nameOf(from), nameOf(to)]
  const tap = world.tap((packet) => {
    const isWanted =
      (sender === null || packet.fromHost === sender) &&
      (receiver === null || packet.toHost === receiver) &&
      (style === undefined || packet.style === style)
    if (isWanted && recorded.length < most) recorded.push({ ...packet, bytes: packet.bytes.slice() })
    return 'pass'
  })
  return {
    recorded,
    replay: ({ which = () => true, from: claimed } = {}) => {
      const chosen = recorded.filter((packet, at) => which(packet, at))
      for (const packet of chosen) {
        world.inject(claimed ?? packet.from, packet.to, packet.bytes, { style: packet.style })
      }
      return chosen.length
    },
    [Symbol.dispose]: () => tap[Symbol.dispose](),
  }
}

function nameOf(host: SimHost | string | undefined): string | null {
  return typeof host === 'string' ? host : (host?.name ?? null)
}
