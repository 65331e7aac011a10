/** Two nodes that reach each other by mail alone: through one embedded relay that keeps mail in memory, two SMTP hops each way. */
import { silentLog, systemClock, systemRandom } from '@postern/transport-api'
import { createRelay, inittransport_smtp } from '@postern/transport-smtp'
import type { NodePair } from './doors.js'
import { openNodePair } from './node-pair.js'

export async function openMailPair(): Promise<NodePair> {
  const ports = new Map<string, number>()
  const relay = await createRelay({
    host: '127.0.0.1',
    port: 0,
    name: 'bench.test',
    routes: (mailbox) => (ports.has(mailbox) ? `smtp://127.0.0.1:${ports.get(mailbox)}` : null),
    durability: 'memory',
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  const node = (address: string) => ({
    transports: {
      smtp: {
        init: inittransport_smtp,
        address,
        submit: `smtp://127.0.0.1:${relay.address.port}`,
        submitSecurity: 'none',
        inbox: 'listen://127.0.0.1:0',
      },
    },
    env: {
      log: {
        ...silentLog,
        info(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
          if (event === 'mail.listening') ports.set(address, Number(fields.port))
        },
      },
    },
  })
  try {
    const pair = await openNodePair(node('near@bench.test'), node('far@bench.test'))
    return {
      ...pair,
      async close() {
        await pair.close()
        await relay.close()
      },
    }
  } catch (error) {
    await relay.close()
    throw error
  }
}
