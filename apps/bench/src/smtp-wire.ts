/** Our mail transport as a wire: one node that mails to itself through the embedded relay, as the twin in raw/smtp.ts does. */
import { inittransport_smtp as init } from '@postern/transport-smtp'
import { type Destination, FILTER_LINE, MAILBOX, openBenchRelay } from './bench-relay.js'
import { openTransportWire } from './transport-wire.js'
import type { Sink, Wire } from './wire.js'

export async function openSmtpWire(durability: 'disk' | 'memory', octets: number, sink: Sink): Promise<Wire> {
  const to: Destination = { port: 0 }
  const relay = await openBenchRelay(durability, to)
  const config = {
    address: MAILBOX,
    filter: FILTER_LINE,
    submit: `smtp://127.0.0.1:${relay.port}`,
    submitSecurity: 'none',
    inbox: 'listen://127.0.0.1:0',
  }
  const onLog = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (event === 'mail.listening') to.port = Number(fields.port)
  }
  try {
    const wire = await openTransportWire({ name: 'smtp', init, config, onLog }, octets, sink)
    return {
      send: wire.send,
      sendBack: wire.send, // mail has no way back of its own: every mail is as the first
      async close() {
        await wire.close()
        await relay.close()
      },
    }
  } catch (error) {
    await relay.close()
    throw error
  }
}
