/** Worlds of UDP for the conformance suite: real sockets on loopback, and a datagram proxy wherever a path has a fault. */

import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { ConfigSection, decodeInetAddress, encodeInetAddress, systemClock } from '@postern/transport-api'
import {
  type ConformanceHarness,
  loopbackHosts,
  openUdpProxy,
  type PathFault,
  type UdpFaults,
  type UdpLaneFaults,
  type UdpProxy,
  UNUSABLE_INET_ADDRESSES,
} from '@postern/transport-testkit'
import { DATAGRAM_HEADER_OCTETS, DATAGRAM_VERSION, IPV4_DATAGRAM_OCTETS } from '../../src/constants.js'
import { inittransport_udp } from '../../src/index.js'

const DELAY_MS = 30
/** Longer than the delay; loopback itself takes less than one. */
const SETTLE_MS = 60

const both = (lane: UdpLaneFaults): UdpFaults => ({ toTarget: lane, toClient: lane })
const STALLED: UdpFaults = both({ lossChance: 1 })
const FAULTS: Readonly<Partial<Record<PathFault, UdpFaults>>> = {
  delay: both({ delayMs: DELAY_MS }),
  stall: {}, // until `act`
  loss: both({ lossChance: 0.5 }),
  duplicate: both({ duplicateChance: 1 }),
  // One that is held and has none behind it comes while the suite still waits.
  reorder: both({ reorderChance: 1, reorderHoldMs: DELAY_MS }),
  'one-way': { toClient: { lossChance: 1 } },
}

export const harness: ConformanceHarness = {
  package: '@postern/transport-udp',
  async openWorld({ random }) {
    const listen = loopbackHosts(networkInterfaces())
    const proxies: UdpProxy[] = []
    return {
      time: 'real',
      settleMs: SETTLE_MS,
      async make(core, env, { reachable }) {
        const settings = { listen, allow: ['127.0.0.0/8', '::1'], ...(reachable ? {} : { advertise: 'none' }) }
        return inittransport_udp(core, { ...env, config: new ConfigSection('udp', settings) })
      },
      unusableAddresses: UNUSABLE_INET_ADDRESSES,
      garble: (senderAddress) => throwAt(senderAddress, noDatagrams()),
      async disturb(senderAddress, fault) {
        const faults = FAULTS[fault]
        if (faults === undefined) throw new RangeError(`datagrams know no ${JSON.stringify(fault)}: that is of streams`)
        const target = decodeInetAddress(senderAddress)!
        const proxy = await openUdpProxy({ target, faults, clock: systemClock, random })
        proxies.push(proxy)
        const { host, port } = proxy.address
        return {
          senderAddress: encodeInetAddress(host, port),
          act: () => proxy.setFaults(fault === 'stall' ? STALLED : {}),
        }
      },
      async close() {
        await Promise.all(proxies.map((proxy) => proxy.close()))
      },
    }
  },
}

/** None of them is a datagram of ours, each for a reason of its own. */
function noDatagrams(): readonly Uint8Array[] {
  const datagram = (version: number, flags: number, octets: number): Uint8Array => {
    const bytes = new Uint8Array(octets).fill(7)
    bytes.set([version, flags])
    return bytes
  }
  return [
    new Uint8Array(0),
    Uint8Array.of(DATAGRAM_VERSION),
    datagram(DATAGRAM_VERSION, 0, 2),
    datagram(DATAGRAM_VERSION, 0, DATAGRAM_HEADER_OCTETS - 1),
    datagram(0, 0, 100),
    datagram(DATAGRAM_VERSION + 1, 0, DATAGRAM_HEADER_OCTETS),
    datagram(0xff, 0xff, IPV4_DATAGRAM_OCTETS),
    datagram(DATAGRAM_VERSION, 2, 100),
    datagram(DATAGRAM_VERSION, 0x80, DATAGRAM_HEADER_OCTETS),
    datagram(DATAGRAM_VERSION, 0, IPV4_DATAGRAM_OCTETS + 1),
    datagram(DATAGRAM_VERSION, 1, 9_000),
    Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n'),
  ]
}

async function throwAt(senderAddress: Uint8Array, datagrams: readonly Uint8Array[]): Promise<void> {
  const { family, host, port } = decodeInetAddress(senderAddress)!
  const socket = createSocket(`udp${family}`)
  try {
    for (const datagram of datagrams) await new Promise<void>((sent) => socket.send(datagram, port, host, () => sent()))
  } finally {
    await new Promise<void>((closed) => socket.close(closed))
  }
}
