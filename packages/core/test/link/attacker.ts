/**
 * Somebody on the simulated network who speaks the protocol and keeps none of its manners: he sends in any name and from any
 * source, and begins handshakes by hand. He uses the codecs and an epoch of core, never a core.
 */
import {
  createLinkKey,
  type Identity,
  importIdentity,
  type LinkKey,
  linkKeyHint,
  mac,
  mac1Key,
  type NodeId,
  nodeAead,
  nodeIdToBytes,
  type PendingHandshake,
} from '@postern/crypto'
import {
  crc32,
  decodeMessage,
  encodeBatch,
  encodeMessage,
  FIRST_NOISE_OCTETS,
  firstMessageCodec,
  type Helo,
  heloCodec,
  MAC_OCTETS,
  MESSAGE_TYPE,
  type MessageType,
  macedBytes,
  type PlainMessage,
  protocolNumber,
  secondMessageCodec,
  signHelo,
} from '@postern/helo'
import { Epoch } from '../../src/link/epoch.js'
import { makeFirstMessage } from '../../src/link/first-message.js'
import { type LinkWorld, text, type WorldNode, type WorldPacket } from './link-world.js'

/** Of the simulated datagram transport: its number, and what it puts before every message (sim-frame.ts of the testkit). */
const DATAGRAM = 0xf001
const SIM_HEADER = { octets: 42, flagsAt: 5, crcAt: 6, senderAt: 10, kind: 1 } as const
const JUNK_FRAME_OCTETS = 60
const HOUR_MS = 3_600_000

export interface SimMessage {
  readonly msg: Uint8Array
  readonly isEncrypted: boolean
  /** As it claims. */
  readonly sender: NodeId
}

/** What arrived at an address that answers nothing. */
export interface Traffic {
  packets: number
  octets: number
}

/** An address whose owner only counts. */
export function victimAt(world: LinkWorld, address: string): Traffic {
  const traffic = { packets: 0, octets: 0 }
  world.network.attach(address, {
    deliver: (_from, bytes) => {
      traffic.packets += 1
      traffic.octets += bytes.byteLength
    },
  })
  return traffic
}

/** The type of a clear message on the simulated network; null: it is encrypted, or no message. */
export function clearTypeOf({ bytes }: Pick<WorldPacket, 'bytes'>): number | null {
  const isClear = bytes[0] === SIM_HEADER.kind && bytes[SIM_HEADER.flagsAt] === 0
  if (!isClear || bytes.byteLength < SIM_HEADER.octets + 4) return null
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(SIM_HEADER.octets + 2)
}

/** Has the form of an encrypted frame, for an index that nobody gave out. */
export function junkFrame(world: LinkWorld): Uint8Array {
  return world.random.bytes(JUNK_FRAME_OCTETS).fill(0, 6, 13) // a low path id and counter
}

export class Attacker {
  readonly identity: Identity
  readonly linkKey: LinkKey = createLinkKey()
  /** Clear messages that were sent to him, by type. */
  readonly caught: { readonly type: number; readonly body: Uint8Array }[] = []
  readonly #world: LinkWorld
  readonly #address: string
  /** Stands for the one path that his frames name. */
  readonly #path: object = {}
  #index = 0
  #pending: PendingHandshake | null = null
  #epoch: Epoch | null = null

  constructor(world: LinkWorld, address: string) {
    this.#world = world
    this.#address = address
    this.identity = importIdentity(world.random.bytes(32))
  }

  /** From now on he reads what is sent to his address. */
  listen(): void {
    this.#world.network.attach(this.#address, {
      deliver: (_from, bytes) => {
        const type = clearTypeOf({ bytes })
        const message = type === null ? null : decodeMessage(bytes.slice(SIM_HEADER.octets))
        if (message?.ok === true) this.caught.push({ type: message.value.type, body: message.value.body })
      },
    })
  }

  /** Signed by him: he could be reached there. */
  helo(address: string = this.#address): Helo {
    const senderAddress = text(address)
    const now = this.#world.clock.now()
    return signHelo(
      this.identity,
      this.linkKey.publicKey,
      { protocol: protocolNumber(DATAGRAM), mtu: 1_400, senderAddressSize: senderAddress.byteLength, senderAddress },
      { maxLatencyMs: 3_000, gossip: false, withdrawn: false, sequence: now + 1, expiration: now + HOUR_MS },
    )
  }

  /** The body of a first message to `to`; `completeHandshake` takes the answer to the latest. */
  firstMessage(to: WorldNode): Uint8Array {
    this.#index = new DataView(this.#world.random.bytes(4).buffer).getUint32(0)
    const made = makeFirstMessage({
      from: this.identity.nodeId,
      to: to.core.nodeId,
      own: this.linkKey,
      peerLinkKey: this.#linkKeyOf(to),
      senderIndex: this.#index,
      inside: [{ type: MESSAGE_TYPE.HELO, body: heloCodec.encode(this.helo()) }],
    })
    if (made === null) throw new Error('the link key of the node is none')
    this.#pending = made.pending
    return made.body
  }

  /** The body of a first message that passes the first look, and opens for nobody. */
  junkFirstMessage(to: WorldNode): Uint8Array {
    const linkKey = this.#linkKeyOf(to)
    const noMac = new Uint8Array(MAC_OCTETS)
    const noise = this.#world.random.bytes(FIRST_NOISE_OCTETS)
    const fields = { senderIndex: 1, hint: linkKeyHint(linkKey), noise, mac1: noMac, mac2: noMac }
    const mac1 = mac(mac1Key(linkKey), macedBytes(firstMessageCodec.encode(fields)).mac1)
    return firstMessageCodec.encode({ ...fields, mac1 })
  }

  /** The answer was caught: frames can be sealed now. */
  completeHandshake(): void {
    const answer = this.caught.find(({ type }) => type === MESSAGE_TYPE.HANDSHAKE_SECOND)
    const second = answer === undefined ? null : secondMessageCodec.decode(answer.body)
    if (second?.ok !== true) throw new Error('nobody answered')
    const { noise, senderIndex } = second.value
    const done = this.#pending?.complete(noise) ?? null
    if (done === null) throw new Error('the answer is for another first message')
    this.#epoch = new Epoch({
      aead: nodeAead,
      secrets: done.secrets,
      ownIndex: this.#index,
      peerIndex: senderIndex,
      isOurs: true,
      begunMs: 0,
    })
  }

  /** In his own name, unless it says another. Octets that he spent. */
  sendClear(
    from: string,
    to: string,
    type: MessageType,
    body: Uint8Array,
    sender: NodeId = this.identity.nodeId,
  ): number {
    return this.send(from, to, { msg: encodeMessage(type, body), isEncrypted: false, sender })
  }

  /** A sound frame of his own link. Octets that he spent. */
  sendFrame(from: string, to: string, inside: readonly PlainMessage[]): number {
    const msg = this.#epoch?.seal(this.#path, DATAGRAM, encodeBatch(inside)) ?? null
    if (msg === null) throw new Error('there is no epoch to seal with')
    return this.send(from, to, { msg, isEncrypted: true, sender: this.identity.nodeId })
  }

  /** Whatever he likes, in whose name he likes. Octets that he spent. */
  send(from: string, to: string, { msg, isEncrypted, sender }: SimMessage): number {
    const bytes = new Uint8Array(SIM_HEADER.octets + msg.byteLength)
    bytes[0] = SIM_HEADER.kind
    bytes[SIM_HEADER.flagsAt] = isEncrypted ? 1 : 0
    new DataView(bytes.buffer).setUint32(SIM_HEADER.crcAt, isEncrypted ? 0 : crc32(msg))
    bytes.set(nodeIdToBytes(sender), SIM_HEADER.senderAt)
    bytes.set(msg, SIM_HEADER.octets)
    this.#world.network.send(from, to, bytes, { inOrder: false })
    return bytes.byteLength
  }

  #linkKeyOf(node: WorldNode): Uint8Array {
    const [helo] = this.#world.helosOf(node).helos
    if (helo === undefined) throw new Error('the node advertises no address')
    return helo.linkKey
  }
}
