/**
 * A stream proxy on loopback that treats each direction of its connections badly in its own way. Ends of streams, resets and
 * refusals of the target are passed on as such.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock, InetAddress } from '@postern/transport-api'
import { type ProxyHosts, type ProxyTarget, readHosts, readTarget } from './proxy-target.js'
import { settleTcpFaults, type TcpFaults, type TcpLaneCounters } from './tcp-faults.js'
import { TcpLane, type TcpLaneOptions } from './tcp-lane.js'

export interface TcpProxyOptions extends ProxyHosts {
  readonly target: ProxyTarget
  /** None by default. */
  readonly faults?: TcpFaults
  /** Virtual or the system's. */
  readonly clock: Clock
  /** Connections at a time; further ones are reset. 64 by default. */
  readonly maxConnections?: number
}

export interface TcpProxyCounters {
  readonly toTarget: TcpLaneCounters
  readonly toClient: TcpLaneCounters
  /** Open now. */
  readonly connections: number
  /** Reset because there were too many. */
  readonly surplus: number
}

export interface TcpProxy extends AsyncDisposable {
  /** Where clients connect to; the same again after `refuse` and `admit`. */
  readonly address: InetAddress
  /** Replaces the faults of both directions, also for what is open; what is left out is off. RangeError: one makes no sense. */
  setFaults(faults: TcpFaults): void
  /** From now on connecting is refused, as if nobody listened; what is open stays. Idempotent. */
  refuse(): void
  /** Listens again. Rejects with the system's error when another program has taken the port meanwhile. Idempotent. */
  admit(): Promise<void>
  counters(): TcpProxyCounters
  /** Idempotent; afterwards no socket and no timer remains, and what was under way is gone. */
  close(): Promise<void>
}

interface Connection {
  readonly sockets: readonly [client: Socket, target: Socket]
  readonly toTarget: TcpLane
  readonly toClient: TcpLane
}

const DEFAULT_MAX_CONNECTIONS = 64

/** Rejects with RangeError, or with the system's error when this machine has no such host. */
export async function openTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const proxy = new LoopbackTcpProxy(readTarget(options.target), options)
  proxy.setFaults(options.faults ?? {})
  await proxy.admit()
  return proxy
}

class LoopbackTcpProxy implements TcpProxy {
  readonly #target: InetAddress
  readonly #hosts: Required<ProxyHosts>
  readonly #clock: Clock
  readonly #maxConnections: number
  readonly #counters = { toTarget: zeros(), toClient: zeros() }
  readonly #connections = new Set<Connection>()
  /** All that are not closed yet. */
  readonly #sockets = new Set<Socket>()
  #faults = { toTarget: settleTcpFaults(), toClient: settleTcpFaults() }
  #server: Server | null = null
  #port = 0
  #surplus = 0
  #isClosed = false

  constructor(target: InetAddress, options: TcpProxyOptions) {
    const { clock, maxConnections = DEFAULT_MAX_CONNECTIONS } = options
    this.#target = target
    this.#hosts = readHosts(target, options)
    this.#clock = clock
    this.#maxConnections = maxConnections
  }

  get address(): InetAddress {
    return { family: this.#target.family, host: this.#hosts.host, port: this.#port }
  }

  setFaults({ toTarget, toClient }: TcpFaults): void {
    this.#faults = { toTarget: settleTcpFaults(toTarget), toClient: settleTcpFaults(toClient) }
    for (const connection of this.#connections) {
      connection.toTarget.faults = this.#faults.toTarget
      connection.toClient.faults = this.#faults.toClient
    }
  }

  refuse(): void {
    this.#server?.close() // the listening socket is gone when this returns; the rest of the server ends with its connections
    this.#server = null
  }

  async admit(): Promise<void> {
    if (this.#server !== null || this.#isClosed) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
    this.#server = server
    const { host, port } = this.address
    await new Promise<void>((listening, failed) => {
      server.once('error', (error) => {
        if (this.#server === server) this.#server = null
        failed(error)
      })
      server.once('close', listening).listen(port, host, listening)
    })
    const bound = server.address()
    if (typeof bound === 'object' && bound !== null) this.#port = bound.port
  }

  counters(): TcpProxyCounters {
    const { toTarget, toClient } = this.#counters
    return {
      toTarget: { ...toTarget },
      toClient: { ...toClient },
      connections: this.#connections.size,
      surplus: this.#surplus,
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.refuse()
    const closed = [...this.#sockets].map((socket) => new Promise((gone) => socket.once('close', gone)))
    for (const connection of this.#connections) this.#drop(connection, 'quietly')
    await Promise.all(closed)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(client: Socket): void {
    this.#keep(client)
    if (this.#isClosed || this.#connections.size >= this.#maxConnections) {
      this.#surplus += 1
      client.resetAndDestroy()
      return
    }
    const { host, port } = this.#target
    const localAddress = this.#hosts.upstreamHost
    const target = this.#keep(connect({ host, port, localAddress, allowHalfOpen: true, noDelay: true }))
    const reset = (): void => this.#drop(connection, 'with a reset')
    const common = { clock: this.#clock, reset }
    const lane = (way: 'toTarget' | 'toClient', source: Socket, sink: Socket): TcpLaneOptions => ({
      ...common,
      source,
      sink,
      faults: this.#faults[way],
      counters: this.#counters[way],
    })
    const connection: Connection = {
      sockets: [client, target],
      toTarget: new TcpLane(lane('toTarget', client, target)),
      toClient: new TcpLane(lane('toClient', target, client)),
    }
    this.#connections.add(connection)
    for (const socket of connection.sockets) socket.on('close', (hadError) => this.#onClose(connection, hadError))
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket
      .on('error', () => {}) // its `close` says so again
      .on('close', () => this.#sockets.delete(socket))
  }

  /** Both have ended in good order, or one has broken: then the other is reset. */
  #onClose(connection: Connection, hadError: boolean): void {
    if (hadError) this.#drop(connection, 'with a reset')
    else if (connection.sockets.every((socket) => socket.destroyed)) this.#drop(connection, 'quietly')
  }

  #drop(connection: Connection, how: 'quietly' | 'with a reset'): void {
    connection.toTarget.close()
    connection.toClient.close()
    for (const socket of connection.sockets) {
      // One that is connecting would be reset only once it is connected.
      if (how === 'with a reset' && !socket.connecting && !socket.destroyed) socket.resetAndDestroy()
      else socket.destroy()
    }
    this.#connections.delete(connection)
  }
}

function zeros(): TcpLaneOptions['counters'] {
  return { passedOctets: 0, discardedOctets: 0, resets: 0, halfCloses: 0 }
}
