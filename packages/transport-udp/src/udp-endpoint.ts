/** One bound socket: binding with errors that say what to change, large buffers, a bounded queue. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { formatInetAddress, type InetAddress, type Logger, listenError, type Message } from '@postern/transport-api'
import { MAX_SEND_QUEUE, SOCKET_BUFFER_OCTETS } from './constants.js'
import { newDatagram, writeDatagram } from './datagram.js'

export interface UdpEndpointOptions {
  /** Our node id, 32 octets, in every datagram. */
  readonly sender: Uint8Array
  /** The configuration section that an error tells the operator to change. */
  readonly section: string
  readonly log: Logger
  readonly onDatagram: (endpoint: UdpEndpoint, datagram: Buffer, from: RemoteInfo) => void
  /** The operating system took a datagram, or refused it. Called after `send` has returned, perhaps after `close` has. */
  readonly onSent: (endpoint: UdpEndpoint, error: Error | null, octets: number) => void
}

export class UdpEndpoint {
  readonly address: InetAddress
  readonly #socket: Socket
  readonly #options: UdpEndpointOptions
  readonly #onSent: (error: Error | null, octets: number) => void
  /** The datagram being written. Node hands it to the kernel within `send`, so that it can be used again, unless it must queue. */
  #scratch: Buffer
  /** The part of the scratch that was sent last. */
  #datagram: Buffer
  /** As it was after the last send. */
  #queued = 0

  private constructor(socket: Socket, options: UdpEndpointOptions) {
    const { sender, log, onDatagram, onSent } = options
    const { address, port, family } = socket.address()
    this.address = { host: address, port, family: family === 'IPv6' ? 6 : 4 }
    this.#socket = socket
    this.#options = options
    this.#onSent = (error, octets) => onSent(this, error, octets)
    this.#scratch = newDatagram(sender)
    this.#datagram = this.#scratch
    socket.on('message', (datagram, from) => onDatagram(this, datagram, from))
    // A socket that is bound reports nothing here that a datagram's own callback does not; it must not end the process.
    socket.on('error', (error) => log.warn('udp.socket-error', { reason: error.message }))
    askForBuffers(socket, log)
  }

  /** Rejects with TransportError ERR_LISTEN_*. */
  static async bind(at: InetAddress, options: UdpEndpointOptions): Promise<UdpEndpoint> {
    const family = at.family
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: family === 6,
      // Hosts are IP literals: no look-up, and a datagram leaves within `send`.
      lookup: (host, _options, found) => found(null, host, family),
    })
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.bind({ address: at.host, port: at.port }, () => {
          socket.off('error', reject)
          resolve()
        })
      })
      return new UdpEndpoint(socket, options)
    } catch (error) {
      socket.close()
      throw listenError(options.section, formatInetAddress(at), error)
    }
  }

  /** False: too much is queued already. `message` is borrowed. */
  send(message: Message, port: number, host: string): boolean {
    if (this.#queued > 0 && !this.#makeRoom()) return false
    const octets = writeDatagram(this.#scratch, message)
    // Making a view costs as much as filling it, and sizes repeat.
    if (this.#datagram.length !== octets || this.#datagram.buffer !== this.#scratch.buffer) {
      this.#datagram = this.#scratch.subarray(0, octets)
    }
    this.#socket.send(this.#datagram, port, host, this.#onSent)
    this.#queued = this.#socket.getSendQueueCount()
    return true
  }

  /** The socket may still hold the scratch: another one, as long as the queue is short. */
  #makeRoom(): boolean {
    this.#queued = this.#socket.getSendQueueCount()
    if (this.#queued >= MAX_SEND_QUEUE) return false
    if (this.#queued > 0) this.#scratch = newDatagram(this.#options.sender)
    return true
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }
}

function askForBuffers(socket: Socket, log: Logger): void {
  socket.setRecvBufferSize(SOCKET_BUFFER_OCTETS)
  socket.setSendBufferSize(SOCKET_BUFFER_OCTETS)
  const complain = (event: string, gotOctets: number, limit: string): void => {
    if (gotOctets >= SOCKET_BUFFER_OCTETS) return
    log.warn(event, { askedOctets: SOCKET_BUFFER_OCTETS, gotOctets, advice: `raise ${limit}` })
  }
  complain('udp.receive-buffer-capped', socket.getRecvBufferSize(), 'net.core.rmem_max')
  complain('udp.send-buffer-capped', socket.getSendBufferSize(), 'net.core.wmem_max')
}
