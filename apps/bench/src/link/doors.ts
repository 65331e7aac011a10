/** By which transport two nodes meet, and its raw twin. Everything is loaded when it is opened: a cold process knows only its own. */
import type { Core } from '@postern/core'
import type { Pace } from '../contestants.js'
import type { OpenWire } from '../wire.js'

export interface NodePair {
  /** The one that begins. */
  readonly near: Core
  readonly far: Core
  close(): Promise<void>
}

export interface Door {
  /** As in `postern-bench latency`. */
  readonly name: string
  readonly pace: Pace
  openNodes(): Promise<NodePair>
  readonly openRaw: OpenWire
}

/** Loopback is refused unless it is allowed (DESIGN section 2). */
const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8'] }

export const DOORS: readonly Door[] = [
  {
    name: 'udp',
    pace: 'fast',
    async openNodes() {
      const { openNodePair } = await import('./node-pair.js')
      const { inittransport_udp: init } = await import('@postern/transport-udp')
      const options = { transports: { udp: { init, ...LOOPBACK } } }
      return openNodePair(options, options)
    },
    openRaw: async (octets, sink) => (await import('../raw/udp.js')).openRawUdp(octets, sink),
  },
  {
    name: 'tcp',
    pace: 'fast',
    async openNodes() {
      const { openNodePair } = await import('./node-pair.js')
      const { inittransport_tcp: init } = await import('@postern/transport-tcp')
      const options = { transports: { tcp: { init, ...LOOPBACK } } }
      return openNodePair(options, options)
    },
    openRaw: async (octets, sink) => (await import('../raw/tcp.js')).openRawTcp(octets, sink),
  },
  {
    name: 'smtp-memory',
    pace: 'mail',
    openNodes: async () => (await import('./mail-pair.js')).openMailPair(),
    openRaw: async (octets, sink) => (await import('../raw/smtp.js')).openRawSmtp('memory', octets, sink),
  },
]

export const DOOR_NAMES: readonly string[] = DOORS.map(({ name }) => name)
