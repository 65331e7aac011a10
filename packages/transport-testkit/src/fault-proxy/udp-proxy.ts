/**
 * A datagram proxy on loopback that treats each direction badly in its own way. Every client gets a socket of its own towards
 * the target, which so tells the clients apart; what comes back there, from the target and nobody else, goes to that client.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Clock, InetAddress } from '@postern/transport-api'
import type { SeededRandom } from '../seeded-random.js'
import { type ProxyHosts, type ProxyTarget, readHosts, readTarget } from './proxy-target.js'
import { settleUdpFaults, type UdpFaults, type UdpLaneCounters } from './udp-faults.js'
import { UdpLane, type UdpOutlet } from './udp-lane.js'

export interface UdpProxyOptions extends ProxyHosts {
  readonly target: ProxyTarget
  /** None by default. */
  readonly faults?: UdpFaults
  /** Virtual or the system's. */
  readonly clock: Clock
  /** Each direction takes a stream of its own from it, now. */
  readonly random: SeededRandom
  /** Clients, each with a socket; datagrams of further ones are refused. 64 by default. */
  readonly maxClients?: number
}

export interface UdpProxyCounters {
  readonly toTarget: UdpLaneCounters
  readonly toClient: UdpLaneCounters
  readonly clients: number
  /** Datagrams of clients for which there was no room. */
  readonly refused: number
  /** Datagrams that came to a client's socket from elsewhere than the target. */
  readonly strangers: number
}

export interface UdpProxy extends AsyncDisposable {
  /** Where clients send to. */
  readonly address: InetAddress
  /** Replaces the faults of both directions from the next datagram on; what is left out is off. RangeError: one makes no sense. */
  setFaults(faults: UdpFaults): void
  counters(): UdpProxyCounters
  /** Idempotent; afterwards no socket and no timer remains, and what was under way is gone. */
  close(): Promise<void>
}

interface Client {
  readonly upstream: Socket
  readonly toTarget: UdpOutlet
}

const DEFAULT_MAX_CLIENTS = 64

/** Rejects with RangeError, or with the system's error when this machine has no such host. */
export async function openUdpProxy(options: UdpProxyOptions): Promise<UdpProxy> {
  const target = readTarget(options.target)
  const proxy = new LoopbackUdpProxy(target, options)
  proxy.setFaults(options.faults ?? {})
  await proxy.open()
  return proxy
}

class LoopbackUdpProxy implements UdpProxy {
  readonly #target: InetAddress
  readonly #hosts: Required<ProxyHosts>
  readonly #maxClients: number
  readonly #front: Socket
  readonly #toTarget: UdpLane
  readonly #toClient: UdpLane
  readonly #clients = new Map<string, Client>()
  #refused = 0
  #strangers = 0
  #closing: Promise<void> | null = null

  constructor(target: InetAddress, options: UdpProxyOptions) {
    const { clock, random, maxClients = DEFAULT_MAX_CLIENTS } = options
    this.#target = target
    this.#hosts = readHosts(target, options)
    this.#maxClients = maxClients
    this.#toTarget = new UdpLane(clock, random.fork())
    this.#toClient = new UdpLane(clock, random.fork())
    this.#front = createSocket({ type: `udp${target.family}` })
  }

  async open(): Promise<void> {
    await new Promise<void>((bound, failed) => {
      this.#front.once('error', failed).bind(0, this.#hosts.host, () => {
        this.#front.off('error', failed)
        bound()
      })
    })
    this.#front.on('error', () => {}) // a datagram that cannot be sent is counted where it is sent
    this.#front.on('message', (datagram, from) => this.#fromClient(datagram, from))
  }

  get address(): InetAddress {
    return { family: this.#target.family, host: this.#hosts.host, port: this.#front.address().port }
  }

  setFaults({ toTarget, toClient }: UdpFaults): void {
    const settled = [settleUdpFaults(toTarget), settleUdpFaults(toClient)] as const
    this.#toTarget.faults = settled[0]
    this.#toClient.faults = settled[1]
  }

  counters(): UdpProxyCounters {
    return {
      toTarget: { ...this.#toTarget.counters },
      toClient: { ...this.#toClient.counters },
      clients: this.#clients.size,
      refused: this.#refused,
      strangers: this.#strangers,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#toTarget.close()
    this.#toClient.close()
    const sockets = [this.#front, ...[...this.#clients.values()].map(({ upstream }) => upstream)]
    this.#clients.clear()
    await Promise.all(sockets.map((socket) => new Promise<void>((closed) => socket.close(() => closed()))))
  }

  #fromClient(datagram: Buffer, { address: host, port }: RemoteInfo): void {
    const key = `${host} ${port}`
    const known = this.#clients.get(key)
    if (known === undefined && this.#clients.size >= this.#maxClients) {
      this.#refused += 1
      return
    }
    const client = known ?? this.#admit(host, port)
    this.#clients.set(key, client)
    this.#toTarget.pass(client.toTarget, datagram)
  }

  #admit(host: string, port: number): Client {
    const target = this.#target
    const upstream = createSocket({ type: `udp${target.family}` })
    // What is sent before the socket is bound waits in it.
    upstream.on('error', () => {}).bind(0, this.#hosts.upstreamHost)
    const toClient = outlet(this.#front, { ...target, host, port }, this.#toClient)
    upstream.on('message', (datagram, from) => {
      if (from.address === target.host && from.port === target.port) this.#toClient.pass(toClient, datagram)
      else this.#strangers += 1
    })
    return { upstream, toTarget: outlet(upstream, target, this.#toTarget) }
  }
}

function outlet(socket: Socket, { host, port }: InetAddress, lane: UdpLane): UdpOutlet {
  return {
    send: (datagram) =>
      socket.send(datagram, port, host, (error) => {
        if (error !== null) lane.counters.failed += 1
      }),
  }
}
