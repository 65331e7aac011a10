/** Listening on several addresses at one port, so that one number can be told to others and opened in a firewall. */
import { TransportError } from '../errors.js'
import type { Logger } from '../log.js'
import type { InetAddress } from './inet-address.js'
import type { InetSettings } from './inet-settings.js'

/** A bound socket or server. */
export interface Bound {
  readonly address: InetAddress
  close(): Promise<void>
}

export interface BindAllOptions<B extends Bound> {
  readonly settings: Pick<InetSettings, 'listen' | 'listenChosen' | 'port'>
  readonly log: Logger
  /** Rejects with TransportError ERR_LISTEN_*. */
  readonly bind: (at: InetAddress) => Promise<B>
}

/** The port that was free at the first address may be taken at the second. */
const PORT_ATTEMPTS = 8

/**
 * All or nothing: rejects with the TransportError of the first address that failed, and leaves none bound. Addresses that the
 * operator did not choose, such as `::` on a machine without IPv6, are left out with a word in the log when they do not exist.
 */
export async function bindAll<B extends Bound>(options: BindAllOptions<B>): Promise<readonly B[]> {
  for (let attempt = 1; ; attempt += 1) {
    const bound: B[] = []
    try {
      await bindOnce(options, bound)
      return bound
    } catch (error) {
      await Promise.all(bound.map((one) => one.close()))
      const isBadLuck = options.settings.port === 0 && bound.length > 0 && hasCode(error, 'ERR_LISTEN_IN_USE')
      if (!isBadLuck || attempt === PORT_ATTEMPTS) throw error
    }
  }
}

async function bindOnce<B extends Bound>({ settings, log, bind }: BindAllOptions<B>, bound: B[]): Promise<void> {
  const { listen, listenChosen, port } = settings
  let missing: unknown = null
  for (const host of listen) {
    try {
      bound.push(await bind({ family: host.includes(':') ? 6 : 4, host, port: bound[0]?.address.port ?? port }))
    } catch (error) {
      if (listenChosen || !hasCode(error, 'ERR_LISTEN_ADDRESS_UNAVAILABLE')) throw error
      missing = error
      log.info('listen.left-out', { host, reason: (error as Error).message })
    }
  }
  if (bound.length === 0 && missing !== null) throw missing
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof TransportError && error.code === code
}
