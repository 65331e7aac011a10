/** The embedded relay between the two hops of a mail, the same for ours and for the twin. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, systemClock, systemRandom } from '@postern/transport-api'
import { createRelay } from '@postern/transport-smtp'

/** Where mails go that arrive at the relay: known only after the listener is up. */
export interface Destination {
  port: number
}

export interface BenchRelay {
  readonly port: number
  close(): Promise<void>
}

/** The only mailbox of the benchmark; it mails to itself. */
export const MAILBOX = 'me@bench.test'
/** As a receiver may ask for (paper, Figure 4). */
export const FILTER_LINE = 'X-mailer: GNUnet'

/** `disk`: a spool in the system's temporary folder, with fsync before each 250; removed at close. */
export async function openBenchRelay(durability: 'disk' | 'memory', to: Destination): Promise<BenchRelay> {
  const spool = durability === 'disk' ? await mkdtemp(join(tmpdir(), 'postern-bench-')) : null
  const relay = await createRelay({
    host: '127.0.0.1',
    port: 0,
    name: 'bench.test',
    routes: () => `smtp://127.0.0.1:${to.port}`,
    ...(spool === null ? { durability: 'memory' as const } : { durability: 'disk' as const, spool }),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  return {
    port: relay.address.port,
    async close() {
      await relay.close()
      if (spool !== null) await rm(spool, { recursive: true, force: true })
    },
  }
}
