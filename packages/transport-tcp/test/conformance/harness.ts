/** Worlds of TCP for the conformance suite: real sockets on loopback, and a stream proxy wherever a path has a fault. */

import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import {
  type Clock,
  ConfigSection,
  decodeInetAddress,
  encodeInetAddress,
  systemClock,
  type Timer,
} from '@postern/transport-api'
import {
  type ConformanceHarness,
  type FaultyPath,
  loopbackHosts,
  openTcpProxy,
  type PathFault,
  type TcpFaults,
  type TcpLaneFaults,
  type TcpProxy,
  UNUSABLE_INET_ADDRESSES,
} from '@postern/transport-testkit'
import { COMMON_MTU_OCTETS, FRAME_HEADER_OCTETS, WELCOME_VERSION } from '../../src/constants.js'
import { inittransport_tcp } from '../../src/index.js'
import { WELCOME_OCTETS } from '../../src/welcome.js'

const DELAY_MS = 30
/** Longer than the delay; loopback itself takes less than one. */
const SETTLE_MS = 60
/** Of what is under way when the path is cut, the header of a frame and a little more still pass. */
const CUT_AFTER_OCTETS: number = FRAME_HEADER_OCTETS + 3
/** Nothing may be under way: then the path breaks so much later. */
const CUT_LATEST_MS = 20
/** Less than a timer can: see `turnByTurn`. */
const NEXT_TURN_MS = 0.01

const both = (lane: TcpLaneFaults): TcpFaults => ({ toTarget: lane, toClient: lane })
const STALLED: TcpFaults = both({ isStalled: true })
const FAULTS: Readonly<Partial<Record<PathFault, TcpFaults>>> = {
  delay: both({ delayMs: DELAY_MS }),
  stall: {}, // until `act`
  pieces: both({ oneOctetEveryMs: NEXT_TURN_MS }),
  cut: {}, // until `act`
}

export const harness: ConformanceHarness = {
  package: '@postern/transport-tcp',
  async openWorld() {
    const hosts = loopbackHosts(networkInterfaces())
    const proxies: TcpProxy[] = []
    const timers: Timer[] = []
    return {
      time: 'real',
      settleMs: SETTLE_MS,
      async make(core, env, { reachable }) {
        const settings = { listen: reachable ? hosts : [], allow: ['127.0.0.0/8', '::1'] }
        return inittransport_tcp(core, { ...env, config: new ConfigSection('tcp', settings) })
      },
      unusableAddresses: UNUSABLE_INET_ADDRESSES,
      async garble(senderAddress) {
        await Promise.all(NO_CONVERSATIONS.map((conversation) => hold(senderAddress, conversation)))
      },
      async disturb(senderAddress, fault): Promise<FaultyPath> {
        const faults = FAULTS[fault]
        if (faults === undefined) throw new RangeError(`streams know no ${JSON.stringify(fault)}: that is of datagrams`)
        const proxy = await openTcpProxy({ target: decodeInetAddress(senderAddress)!, faults, clock: turnByTurn })
        proxies.push(proxy)
        const { host, port } = proxy.address
        const act = (): void => {
          if (fault === 'cut') timers.push(cut(proxy))
          else proxy.setFaults(fault === 'stall' ? STALLED : {})
        }
        return { senderAddress: encodeInetAddress(host, port), act }
      },
      async close() {
        for (const timer of timers) timer[Symbol.dispose]()
        await Promise.all(proxies.map((proxy) => proxy.close()))
      },
    }
  },
}

/** Every connection of `proxy` breaks, where it can in the middle of a frame; later ones are whole. */
function cut(proxy: TcpProxy): Timer {
  const { toTarget, toClient } = proxy.counters()
  proxy.setFaults({
    toTarget: { resetAfterOctets: toTarget.passedOctets + CUT_AFTER_OCTETS },
    toClient: { resetAfterOctets: toClient.passedOctets + CUT_AFTER_OCTETS },
  })
  return systemClock.setTimer(() => {
    proxy.setFaults(both({ resetAfterOctets: 0 }))
    proxy.setFaults({})
  }, CUT_LATEST_MS)
}

/**
 * The system's, but for what is due in less than a millisecond: that is due at the next turn of the event loop. An octet a turn is
 * an octet a read for who receives it, and thousands of them take no minute.
 */
const turnByTurn: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic(),
  setTimer(fire, delayMs) {
    let stop = (): void => {}
    const reset = (delay: number): void => {
      stop()
      if (delay >= 1) {
        const timer = systemClock.setTimer(fire, delay)
        stop = () => timer[Symbol.dispose]()
      } else {
        const turn = setImmediate(fire)
        stop = () => clearImmediate(turn)
      }
    }
    reset(delayMs)
    return { reset, [Symbol.dispose]: () => stop() }
  },
}

interface Conversation {
  readonly says: Uint8Array
  /** Then it ends its half of the stream, and does not wait to be shown out. */
  readonly ends: boolean
}

const NO_CONVERSATIONS: readonly Conversation[] = (() => {
  const welcome = Buffer.alloc(WELCOME_OCTETS, 7)
  welcome[0] = WELCOME_VERSION
  const header = (size: number, flags: number): Buffer => {
    const bytes = Buffer.alloc(FRAME_HEADER_OCTETS)
    bytes.writeUInt32BE(size)
    bytes[4] = flags
    return bytes
  }
  const refused = [
    Buffer.alloc(WELCOME_OCTETS, WELCOME_VERSION + 1),
    Buffer.alloc(1_000, 0xff),
    Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n'),
    Buffer.concat([welcome, header(COMMON_MTU_OCTETS + 1, 0)]),
    Buffer.concat([welcome, header(0xffff_ffff, 0)]),
    Buffer.concat([welcome, header(4, 2), Buffer.alloc(4)]),
    Buffer.concat([welcome, header(4, 0x80), Buffer.alloc(4)]),
  ]
  const unfinished = [
    Buffer.alloc(0),
    welcome.subarray(0, WELCOME_OCTETS / 2),
    Buffer.concat([welcome, header(4, 0).subarray(0, 3)]),
    Buffer.concat([welcome, header(4, 0), Buffer.alloc(3)]),
  ]
  return [
    ...refused.map((says): Conversation => ({ says, ends: false })),
    ...unfinished.map((says): Conversation => ({ says, ends: true })),
  ]
})()

/** Resolves when the connection is gone. */
function hold(senderAddress: Uint8Array, { says, ends }: Conversation): Promise<void> {
  const { host, port } = decodeInetAddress(senderAddress)!
  return new Promise((gone) => {
    const socket = connect({ host, port })
      .on('error', () => {}) // it is shown out
      .on('close', () => gone())
      .resume()
    if (ends) socket.end(says)
    else socket.write(says)
  })
}
