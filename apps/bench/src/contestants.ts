/**
 * Who runs: for each transport ours, its raw twin, the twin once more (what the two differ by is the noise of the machine),
 * and variants of the twin. A further transport is a further entry of CONTESTANTS. Everything is loaded when it is opened,
 * so that a cold process knows only its contestant.
 */
import { systemClock } from '@postern/transport-api'
import { PingPong, type Runner } from './ping-pong.js'
import { UsageError } from './usage-error.js'
import type { OpenWire } from './wire.js'

export type Role = 'ours' | 'raw' | 'raw-again' | 'raw-connected'

export interface Contestant {
  /** The transport and the role: `udp ours`. */
  readonly name: string
  readonly transport: string
  readonly role: Role
  readonly pace: Pace
  /** Connects to itself, for messages of `octets`. */
  open(octets: number): Promise<Runner>
}

/** Mail takes milliseconds where a datagram takes microseconds: fewer messages, fewer runs. */
export type Pace = 'fast' | 'mail'

/** Loopback is refused unless it is allowed (DESIGN section 2). */
const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8'] }

const udp: OpenWire = async (octets, sink) => {
  const { openTransportWire } = await import('./transport-wire.js')
  const { inittransport_udp: init } = await import('@postern/transport-udp')
  return openTransportWire({ name: 'udp', init, config: LOOPBACK }, octets, sink)
}
const rawUdp: OpenWire = async (octets, sink) => (await import('./raw/udp.js')).openRawUdp(octets, sink)
const connectedRawUdp: OpenWire = async (octets, sink) =>
  (await import('./raw/udp.js')).openConnectedRawUdp(octets, sink)

const tcp: OpenWire = async (octets, sink) => {
  const { openTransportWire } = await import('./transport-wire.js')
  const { inittransport_tcp: init } = await import('@postern/transport-tcp')
  return openTransportWire({ name: 'tcp', init, config: LOOPBACK }, octets, sink)
}
const rawTcp: OpenWire = async (octets, sink) => (await import('./raw/tcp.js')).openRawTcp(octets, sink)

export const CONTESTANTS: readonly Contestant[] = [
  contestant('udp', 'ours', udp),
  contestant('udp', 'raw', rawUdp),
  contestant('udp', 'raw-again', rawUdp),
  contestant('udp', 'raw-connected', connectedRawUdp),
  contestant('tcp', 'ours', tcp),
  contestant('tcp', 'raw', rawTcp),
  contestant('tcp', 'raw-again', rawTcp),
  ...mailContestants('memory'),
  ...mailContestants('disk'),
]

export const TRANSPORTS: readonly string[] = [...new Set(CONTESTANTS.map(({ transport }) => transport))]

/** Two real hops: to the embedded relay, and from there to our own listener. */
function mailContestants(durability: 'disk' | 'memory'): readonly Contestant[] {
  const ours: OpenWire = async (octets, sink) => (await import('./smtp-wire.js')).openSmtpWire(durability, octets, sink)
  const raw: OpenWire = async (octets, sink) => (await import('./raw/smtp.js')).openRawSmtp(durability, octets, sink)
  const transport = `smtp-${durability}`
  return [
    contestant(transport, 'ours', ours, 'mail'),
    contestant(transport, 'raw', raw, 'mail'),
    contestant(transport, 'raw-again', raw, 'mail'),
  ]
}

/** Those that send 100 000 messages while one waits. */
export const FAST_TRANSPORTS: readonly string[] = TRANSPORTS.filter((name) =>
  CONTESTANTS.some(({ transport, pace }) => transport === name && pace === 'fast'),
)

function contestant(transport: string, role: Role, openWire: OpenWire, pace: Pace = 'fast'): Contestant {
  const name = `${transport} ${role}`
  return {
    name,
    transport,
    role,
    pace,
    async open(octets) {
      try {
        return await PingPong.open(octets, openWire, systemClock)
      } catch (error) {
        if (error instanceof UsageError || !(error instanceof Error)) throw error
        throw new Error(`${name}: ${error.message}`, { cause: error })
      }
    },
  }
}
