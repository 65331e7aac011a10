/** How a simulated transport speaks: makes frames of what it says and puts them on the network. Knows no session. */
import type { NodeId } from '@postern/crypto'
import type { Message } from '@postern/transport-api'
import { encodeSimFrame, NO_MESSAGE, SIM_FRAME_KIND, type SimFrame } from './sim-frame.js'
import type { SimNetwork } from './sim-network.js'
import type { SimSendOptions } from './sim-packet.js'
import type { SimStyle } from './sim-style.js'

/** What may be under way to one address: beyond that the peer is slower than we are. */
const MAX_UNDER_WAY_OCTETS = 256 * 1024

/** Of one conversation: from where, to where, and what its frames carry. */
export interface SimLine {
  readonly from: string
  readonly to: string
  readonly conversation: number
}

export class SimWire {
  readonly #network: SimNetwork
  readonly #style: SimStyle
  readonly #sender: NodeId

  constructor(network: SimNetwork, style: SimStyle, sender: NodeId) {
    this.#network = network
    this.#style = style
    this.#sender = sender
  }

  /** Is there no room for so many octets more? */
  isFull({ from, to }: SimLine, octets: number): boolean {
    return this.#network.underWayOctets(from, to) + octets > MAX_UNDER_WAY_OCTETS
  }

  say({ from, to, conversation }: SimLine, kind: SimFrame['kind'], message: Message = NO_MESSAGE): void {
    const bytes = encodeSimFrame({ kind, conversation, sender: this.#sender, message })
    this.#network.send(from, to, bytes, this.#optionsOf(kind, conversation))
  }

  #optionsOf(kind: SimFrame['kind'], connection: number): SimSendOptions {
    const style = this.#style
    if (style !== 'stream') return { inOrder: false, style }
    const part = kind === SIM_FRAME_KIND.OPEN ? 'first' : kind === SIM_FRAME_KIND.CLOSE ? 'last' : null
    return { inOrder: true, style, connection, ...(part && { part }) }
  }
}
