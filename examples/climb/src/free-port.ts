/** A port that is free now, so that what stands before a node can be opened before the node itself. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

const ATTEMPTS = 8

/** Free for TCP and for UDP on `host`. Somebody may take it before you do: then the bind fails and says so. */
export async function freePort(host: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const isFree = await isFreeForUdp(host, port)
    server.close()
    await once(server, 'close')
    if (isFree) return port
    if (attempt === ATTEMPTS) throw new Error(`no port of ${host} is free for both TCP and UDP`)
  }
}

async function isFreeForUdp(host: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port, host)
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
