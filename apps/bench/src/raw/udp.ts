/**
 * The UDP twin: what a competent programmer writes with node:dgram alone, as fast as it goes without tricks. One socket that
 * sends to itself; unconnected, a look-up that answers at once, no callback for each send; no check of what comes in but its
 * length. The datagram has the 38 header octets of ours, so that the kernel carries the same.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Sink, Wire } from '../wire.js'

/** PROTOCOL.md section 5: version, flags, sender, crc. */
const HEADER_OCTETS = 38
/** As packages/transport-udp asks for. */
const SOCKET_BUFFER_OCTETS = 4 * 1024 * 1024

export const openRawUdp = (octets: number, sink: Sink): Promise<Wire> => open(octets, sink, false)
export const openConnectedRawUdp = (octets: number, sink: Sink): Promise<Wire> => open(octets, sink, true)

async function open(octets: number, sink: Sink, connected: boolean): Promise<Wire> {
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => found(null, host, 4) })
  socket.on('message', (datagram) => sink.arrived(datagram.length - HEADER_OCTETS))
  try {
    const bound = once(socket, 'listening')
    socket.bind(0, '127.0.0.1')
    await bound
    socket.setRecvBufferSize(SOCKET_BUFFER_OCTETS)
    socket.setSendBufferSize(SOCKET_BUFFER_OCTETS)
    if (connected) await connect(socket)
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('error', (error) => sink.failed(error))
  const { port } = socket.address()
  const datagram = Buffer.alloc(HEADER_OCTETS + octets, 0x5a)
  const send = (): true => {
    if (connected) socket.send(datagram)
    else socket.send(datagram, port, '127.0.0.1')
    return true
  }
  return { send, sendBack: send, close: () => new Promise((resolve) => socket.close(() => resolve())) }
}

async function connect(socket: Socket): Promise<void> {
  const done = once(socket, 'connect')
  socket.connect(socket.address().port, '127.0.0.1')
  await done
}
