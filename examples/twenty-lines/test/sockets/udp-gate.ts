/**
 * A door in front of a node's UDP socket, on loopback: a test decides about every datagram, sees it, and can have the other side
 * seem to come from elsewhere, as behind a NAT that forgot its mapping. Every client gets a socket of its own towards the target.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

export interface Passage {
  readonly way: 'toTarget' | 'toClient'
  /** Of its way, from 1. */
  readonly nth: number
  /** How often the source had changed when the socket was opened by which it passed. */
  readonly door: number
  readonly datagram: Buffer
}

interface Client {
  port: number
  /** Towards the target. The last one is in use, the others only listen. */
  readonly doors: Socket[]
}

const LOOPBACK = '127.0.0.1'

export class UdpGate {
  readonly #front = createSocket('udp4')
  readonly #clients: Client[] = []
  readonly passages: Passage[] = []
  /** Of the node behind it; may change when that restarts. */
  targetPort = 0
  /** False: it is lost. */
  lets: (passage: Passage) => boolean = () => true

  static async open(): Promise<UdpGate> {
    const gate = new UdpGate()
    gate.#front.bind(0, LOOPBACK)
    await once(gate.#front, 'listening')
    gate.#front.on('message', (datagram, { port }) => gate.#toTarget(datagram, port))
    return gate
  }

  get port(): number {
    return this.#front.address().port
  }

  /** Datagrams that went through in one way. */
  passed(way: Passage['way']): readonly Passage[] {
    return this.passages.filter((one) => one.way === way)
  }

  /** From now on clients seem to come from other ports; what is sent to the old ones still arrives. */
  async moveSources(): Promise<void> {
    await Promise.all(this.#clients.map((client) => this.#openDoor(client)))
  }

  /** A client has restarted at another port, and the target is to see no difference. */
  clientMoved(from: number, to: number): void {
    for (const client of this.#clients) if (client.port === from) client.port = to
  }

  async close(): Promise<void> {
    const sockets = [this.#front, ...this.#clients.flatMap(({ doors }) => doors)]
    await Promise.all(sockets.map((socket) => new Promise<void>((closed) => socket.close(() => closed()))))
  }

  async #openDoor(client: Client): Promise<void> {
    const [socket, door] = [createSocket('udp4'), client.doors.length]
    client.doors.push(socket)
    socket.on('message', (datagram, { port }) => {
      if (port === this.targetPort && this.#mayPass({ way: 'toClient', door, datagram }))
        this.#front.send(datagram, client.port, LOOPBACK)
    })
    socket.bind(0, LOOPBACK)
    await once(socket, 'listening')
  }

  #toTarget(datagram: Buffer, port: number): void {
    const { doors } = this.#clients.find((one) => one.port === port) ?? this.#admit(port)
    const door = doors.length - 1
    if (this.#mayPass({ way: 'toTarget', door, datagram })) doors[door]!.send(datagram, this.targetPort, LOOPBACK)
  }

  #admit(port: number): Client {
    const client = { port, doors: [] }
    this.#clients.push(client)
    void this.#openDoor(client)
    return client
  }

  #mayPass(seen: Omit<Passage, 'nth'>): boolean {
    const passage = { ...seen, datagram: Buffer.from(seen.datagram), nth: this.passed(seen.way).length + 1 }
    this.passages.push(passage)
    return this.lets(passage)
  }
}
