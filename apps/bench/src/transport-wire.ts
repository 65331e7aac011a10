/**
 * One of our transports as a wire: the contract alone, no core. The service sends to itself, as in the paper's section 4: it
 * dials the address it advertises, and every message it receives was its own.
 */
import { createIdentity, createLinkKey, eraseLinkKey } from '@postern/crypto'
import { crc32, DEFAULT_HELO_VALIDITY_MS, type Helo, nextSequence, signHelo } from '@postern/helo'
import {
  CONTRACT_VERSION,
  ConfigSection,
  type CoreAPIForTransport,
  type InitTransport,
  type Logger,
  type Message,
  silentLog,
  systemClock,
  systemRandom,
  type Transport,
  type TSession,
} from '@postern/transport-api'
import { UsageError } from './usage-error.js'
import type { Sink, Wire } from './wire.js'

export interface TransportChoice {
  /** The section's name: `udp`. */
  readonly name: string
  readonly init: InitTransport
  readonly config: Readonly<Record<string, unknown>>
  /** Hears what the transport logs at level info. */
  readonly onLog?: Logger['info']
}

/** Rejects with UsageError when messages of `octets` do not fit. */
export async function openTransportWire(choice: TransportChoice, octets: number, sink: Sink): Promise<Wire> {
  const identity = createIdentity()
  let inbound: TSession | null = null
  const core: CoreAPIForTransport = {
    version: CONTRACT_VERSION,
    myIdentity: identity.nodeId,
    receive({ tsession, size }) {
      if (inbound === null && tsession !== null) inbound = hold(tsession)
      sink.arrived(size)
    },
    event(event) {
      if (event.kind === 'session-ended') sink.failed(new Error(`${choice.name}: the session ended: ${event.reason}`))
      if (event.kind === 'address-failed') sink.failed(new Error(`${choice.name}: cannot send: ${event.reason}`))
    },
  }
  const transport = await choice.init(core, {
    config: new ConfigSection(choice.name, choice.config),
    clock: systemClock,
    random: systemRandom,
    log: { ...silentLog, info: choice.onLog ?? silentLog.info },
  })
  if (transport === null) throw new Error(`${choice.name}: the transport refuses to run here`)
  if (octets > transport.mtu)
    throw new UsageError(`${octets} octets do not fit ${choice.name}; expected at most ${transport.mtu}`)
  // As core would: a session that nobody holds is timed out between two runs.
  const hold = (tsession: TSession): TSession | null => (transport.associate(tsession) ? tsession : null)

  try {
    await transport.startTransportServer()
    const dialled = await transport.connect(advertise(transport))
    const message = messageOf(octets)
    return {
      send: () => transport.send(dialled, message),
      sendBack: () => inbound !== null && transport.send(inbound, message),
      async close() {
        await transport.disconnect(dialled)
        if (inbound !== null) await transport.disconnect(inbound)
        await transport.stopTransportServer()
      },
    }
  } catch (error) {
    await transport.stopTransportServer()
    throw error
  }

  function advertise(from: Transport): Helo {
    const draft = from.createHELO()?.[0]
    if (draft === undefined) throw new Error(`${choice.name}: the transport advertises no address`)
    const now = Date.now()
    const linkKey = createLinkKey()
    const helo = signHelo(identity, linkKey.publicKey, draft, {
      maxLatencyMs: from.traits.maxLatencyMs,
      gossip: false,
      withdrawn: false,
      sequence: nextSequence(0, now),
      expiration: now + DEFAULT_HELO_VALIDITY_MS,
    })
    eraseLinkKey(linkKey)
    if (!from.verifyHelo(helo, 'owner')) throw new Error(`${choice.name}: the transport refuses its own address`)
    return helo
  }
}

function messageOf(octets: number): Message {
  const msg = new Uint8Array(octets).fill(0x5a)
  return { msg, size: octets, isEncrypted: false, crc: crc32(msg) }
}
