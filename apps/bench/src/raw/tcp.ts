/**
 * The TCP twin: what a competent programmer writes with node:net alone, as fast as it goes without tricks. One connection to
 * itself, NODELAY, a length of 4 octets before each message. So that the kernel carries the same as for ours, a greeting goes
 * each way first, and a message is 5 octets longer than asked for: with the length these are our frame header.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Sink, Wire } from '../wire.js'

const LENGTH_OCTETS = 4
/** PROTOCOL.md section 6: flags and crc; version and identity. */
const EXTRA_OCTETS = 5
const GREETING_OCTETS = 33

export async function openRawTcp(octets: number, sink: Sink): Promise<Wire> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true })
  const [far] = await accepted
  for (const socket of [near, far]) socket.on('error', (error) => sink.failed(error))
  await greet(near, far)
  await greet(far, near)
  for (const socket of [near, far]) socket.on('data', frameReader(sink))
  const frame = Buffer.alloc(LENGTH_OCTETS + EXTRA_OCTETS + octets, 0x5a)
  frame.writeUInt32BE(EXTRA_OCTETS + octets)
  const write = (socket: Socket) => (): boolean => socket.write(frame) || true // what one message leaves waiting is no loss
  return {
    send: write(near),
    sendBack: write(far),
    async close() {
      for (const socket of [near, far]) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function greet(from: Socket, to: Socket): Promise<void> {
  from.write(Buffer.alloc(GREETING_OCTETS))
  await once(to, 'data')
}

/** Most often a chunk is exactly one frame; otherwise what is left waits for the next chunk. */
function frameReader(sink: Sink): (chunk: Buffer) => void {
  let rest: Buffer | null = null
  return (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (bytes.length - at >= LENGTH_OCTETS) {
      const end = at + LENGTH_OCTETS + bytes.readUInt32BE(at)
      if (end > bytes.length) break
      const message = bytes.subarray(at + LENGTH_OCTETS, end)
      at = end
      sink.arrived(message.length - EXTRA_OCTETS)
    }
    rest = at === bytes.length ? null : bytes.subarray(at)
  }
}
