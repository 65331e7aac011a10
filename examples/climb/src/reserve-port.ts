/** A port that is kept free, so that what stands before a node can be opened before the node itself. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

export interface ReservedPort {
  readonly port: number
  /** From now on it can be bound, by whoever comes first. Idempotent. */
  release(): Promise<void>
}

const ATTEMPTS = 8

/** For TCP and for UDP on `host`. */
export async function reservePort(host: string): Promise<ReservedPort> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const socket = await bindUdp(host, port)
    const closeServer = async (): Promise<void> => {
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    }
    if (socket !== null) {
      let isReserved = true
      const release = async (): Promise<void> => {
        if (!isReserved) return
        isReserved = false
        socket.close()
        await once(socket, 'close')
        await closeServer()
      }
      return { port, release }
    }
    await closeServer()
    if (attempt === ATTEMPTS) throw new Error(`no port of ${host} is free for both TCP and UDP`)
  }
}

/** null: somebody has it. */
async function bindUdp(host: string, port: number): Promise<Socket | null> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port, host)
    await once(socket, 'listening')
    return socket
  } catch {
    socket.close()
    return null
  }
}
