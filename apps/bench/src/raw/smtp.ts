/**
 * The mail twin: nodemailer through the same relay into a bare smtp-server, one pooled connection each, a mail composed once.
 * The mail has the octets of ours: the header of PROTOCOL.md section 7, then as much base64.
 */
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { mailOf } from '../bench-mail.js'
import { type Destination, MAILBOX, openBenchRelay } from '../bench-relay.js'
import type { Sink, Wire } from '../wire.js'

export async function openRawSmtp(durability: 'disk' | 'memory', octets: number, sink: Sink): Promise<Wire> {
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    hideSTARTTLS: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, _session, taken) {
      stream.resume().once('end', () => {
        taken()
        sink.arrived(octets)
      })
    },
  })
  server.on('error', (error) => sink.failed(error))
  const to: Destination = { port: 0 }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  to.port = (server.server.address() as { port: number }).port
  const relay = await openBenchRelay(durability, to)
  const pool = createTransport({
    pool: true,
    host: '127.0.0.1',
    port: relay.port,
    ignoreTLS: true,
    maxConnections: 1,
    maxMessages: Infinity,
  })
  const raw = mailOf(octets)
  const send = (): true => {
    pool.sendMail({ envelope: { from: '', to: MAILBOX }, raw }).catch((error: Error) => sink.failed(error))
    return true
  }
  return {
    send,
    sendBack: send,
    async close() {
      pool.close()
      await relay.close()
      await new Promise<void>((resolve) => server.close(resolve))
    },
  }
}
