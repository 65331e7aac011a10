/** One listening socket: binding with errors that say what to change. */
import { createServer, type Server, type Socket } from 'node:net'
import { type Bound, formatInetAddress, type InetAddress, type Logger, listenError } from '@postern/transport-api'
import { KEEP_ALIVE_DELAY_MS } from './constants.js'

const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS } as const

export class TcpListener implements Bound {
  readonly address: InetAddress
  readonly #server: Server

  private constructor(server: Server, address: InetAddress, log: Logger) {
    this.#server = server
    this.address = address
    // For example no file descriptor left for the next connection: the listener goes on.
    server.on('error', (error) => log.warn('tcp.listener-error', { reason: error.message }))
  }

  /** Rejects with TransportError ERR_LISTEN_*. */
  static async bind(
    at: InetAddress,
    section: string,
    onConnection: (socket: Socket) => void,
    log: Logger,
  ): Promise<TcpListener> {
    const server = createServer(SOCKET_OPTIONS, onConnection)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host: at.host, port: at.port, ipv6Only: at.family === 6, exclusive: true }, () => {
          server.off('error', reject)
          resolve()
        })
      })
    } catch (error) {
      throw listenError(section, formatInetAddress(at), error)
    }
    const bound = server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : at.port
    return new TcpListener(server, { ...at, port }, log)
  }

  /** No further connection is accepted. Those that stand are their owner's; does not wait for them. */
  close(): Promise<void> {
    this.#server.close()
    return Promise.resolve()
  }
}
