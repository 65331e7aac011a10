/** HELOs of any kind, made without signing: peer book and validator leave signatures to checkHelo. And a validator that can be watched. */
import { createIdentity, type Identity } from '@postern/crypto'
import {
  decodeMessage,
  type Helo,
  MESSAGE_TYPE,
  type Ping,
  type Pong,
  PROTOCOL,
  type ProtocolNumber,
  pingCodec,
  signPong,
} from '@postern/helo'
import { SeededRandom, VirtualClock } from '@postern/transport-testkit'
import { PeerBook } from '../../src/peers/peer-book.js'
import { Validator } from '../../src/peers/validator.js'
import type { ValidatorOptions } from '../../src/peers/validator-options.js'

export const HOUR_MS = 3_600_000
/** As VirtualClock starts. */
export const NOW = 1_800_000_000_000

export interface HeloChanges {
  readonly protocol?: ProtocolNumber
  readonly address?: Uint8Array
  readonly sequence?: number
  readonly expiration?: number
  readonly withdrawn?: boolean
  readonly linkKey?: Uint8Array
  readonly maxLatencyMs?: number
}

/** udp, 192.0.2.7 port 1 unless said otherwise; for 12 hours. */
export function heloOf({ nodeId, publicKey }: Pick<Identity, 'nodeId' | 'publicKey'>, changes: HeloChanges = {}): Helo {
  const { protocol = PROTOCOL.UDP, address = inet(7), sequence = 1, expiration = NOW + 12 * HOUR_MS } = changes
  return {
    protocol,
    mtu: protocol === PROTOCOL.NONE ? 0 : 1_400,
    senderAddressSize: address.byteLength,
    senderAddress: address,
    senderIdentity: nodeId,
    publicKey,
    linkKey: changes.linkKey ?? new Uint8Array(32),
    maxLatencyMs: changes.maxLatencyMs ?? (protocol === PROTOCOL.SMTP ? 72 * HOUR_MS : 1_000),
    flags: { gossip: true, withdrawn: changes.withdrawn ?? false },
    sequence,
    expiration,
    signature: new Uint8Array(64),
  }
}

/** 192.0.`network`.`host`:`port` */
export function inet(host: number, port = 1, network = 2): Uint8Array {
  return new Uint8Array([192, 0, network, host, port >> 8, port & 0xff])
}

export const mail = (mailbox: string): Uint8Array => new TextEncoder().encode(mailbox)

export const bare = (identity: Identity, changes: HeloChanges = {}): Helo =>
  heloOf(identity, { protocol: PROTOCOL.NONE, address: new Uint8Array(0), ...changes })

export interface Sent {
  readonly helo: Helo
  readonly message: Uint8Array
  readonly dialTimeoutMs: number
  readonly at: number
}

export interface World {
  readonly us: Identity
  readonly clock: VirtualClock
  readonly book: PeerBook
  readonly validator: Validator
  readonly sent: Sent[]
  readonly drops: Map<string, number>
  readonly validated: Helo[]
  readonly own: Helo[]
  /** Into the book, then to the validator. */
  learn(helo: Helo, from?: Parameters<Validator['validate']>[1]): ReturnType<Validator['validate']>
}

export function worldOf(changes: Partial<ValidatorOptions> = {}): World {
  const us = createIdentity()
  const clock = new VirtualClock(NOW)
  const book = new PeerBook({ maxHelos: 40_000 })
  const [sent, validated, own]: [Sent[], Helo[], Helo[]] = [[], [], []]
  const drops = new Map<string, number>()
  const validator = new Validator({
    identity: us,
    clock,
    random: new SeededRandom(1),
    book,
    ownHelos: () => own,
    sendTo: (helo, message, { dialTimeoutMs }) => {
      sent.push({ helo, message, dialTimeoutMs, at: clock.monotonic() })
      return Promise.resolve(true)
    },
    destinationsOf,
    isSlow: ({ protocol }) => protocol === PROTOCOL.SMTP,
    isReliable: ({ protocol }) => protocol === PROTOCOL.TCP,
    onValidated: (_, helo) => validated.push(helo),
    onDropped: (reason, count) => drops.set(reason, (drops.get(reason) ?? 0) + count),
    ...changes,
  })
  const learn: World['learn'] = (helo, from = 'owner') => {
    book.add(helo, from, clock.now())
    return validator.validate(helo, from)
  }
  return { us, clock, book, validator, sent, drops, validated, own, learn }
}

function destinationsOf({ protocol, senderAddress }: Helo): readonly string[] {
  if (protocol === PROTOCOL.SMTP) {
    const mailbox = new TextDecoder().decode(senderAddress)
    return [mailbox, mailbox.slice(mailbox.indexOf('@') + 1)]
  }
  return [senderAddress.subarray(0, 4).join('.'), `${senderAddress.subarray(0, 3).join('.')}.0/24`]
}

export function pingIn({ message }: Sent): Ping {
  const decoded = decodeMessage(message)
  if (!decoded.ok || decoded.value.type !== MESSAGE_TYPE.PING) throw new Error('no PING')
  const ping = pingCodec.decode(decoded.value.body)
  if (!ping.ok) throw new Error(ping.fault)
  return ping.value
}

export function pongTo(owner: Identity, sent: Sent, observed: Uint8Array = new Uint8Array(0)): Pong {
  return signPong(owner, pingIn(sent), observed)
}

/** A PING for `target` about 192.0.2.7 port 1, from somebody else. */
export function asked(target: Identity): Sent {
  const { learn, sent } = worldOf()
  learn(heloOf(target))
  return sent[0]!
}

/** What promises have to do now. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
