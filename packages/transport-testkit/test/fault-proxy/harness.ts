/** Sockets around a proxy, closed after each test, and a wait that turns the event loop instead of sleeping. */
import { createSocket, type Socket } from 'node:dgram'
import { connect, createServer, type Socket as Stream } from 'node:net'
import { onTestFinished } from 'vitest'

/** Bound it by the test's time-out. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((turned) => setImmediate(turned))
}

export interface UdpPeer {
  readonly socket: Socket
  readonly port: number
  /** What came, as text. */
  readonly heard: string[]
  /** The ports it came from. */
  readonly from: number[]
}

export async function udpPeer(host = '127.0.0.1', port = 0): Promise<UdpPeer> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  onTestFinished(() => new Promise<void>((closed) => socket.close(() => closed())))
  const [heard, from]: [string[], number[]] = [[], []]
  socket.on('message', (datagram, sender) => {
    heard.push(datagram.toString('latin1'))
    from.push(sender.port)
  })
  await new Promise<void>((bound, failed) => socket.once('error', failed).bind(port, host, bound))
  return { socket, port: socket.address().port, heard, from }
}

export interface TcpEnd {
  readonly stream: Stream
  heard: string
  ended: boolean
  /** The code of the error that broke it. */
  broken: string | null
  closed: boolean
  readonly chunks: string[]
}

function tcpEnd(stream: Stream): TcpEnd {
  const end: TcpEnd = { stream, heard: '', ended: false, broken: null, closed: false, chunks: [] }
  onTestFinished(() => void stream.destroy())
  stream.on('data', (bytes: Buffer) => {
    end.heard += bytes.toString('latin1')
    end.chunks.push(bytes.toString('latin1'))
  })
  stream.on('end', () => {
    end.ended = true
  })
  stream.on('error', (error: NodeJS.ErrnoException) => {
    end.broken = error.code ?? 'unknown'
  })
  stream.on('close', () => {
    end.closed = true
  })
  return end
}

export function dial({ host, port }: { readonly host: string; readonly port: number }): TcpEnd {
  return tcpEnd(connect({ host, port, allowHalfOpen: true, noDelay: true }))
}

/** A server that keeps the streams it accepted. */
export async function tcpTarget(host = '127.0.0.1'): Promise<{ readonly port: number; readonly accepted: TcpEnd[] }> {
  const accepted: TcpEnd[] = []
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (stream) => void accepted.push(tcpEnd(stream)))
  onTestFinished(() => void server.close())
  await new Promise<void>((listening) => server.listen(0, host, listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, accepted }
}
