/** From which of our sockets can an address be reached? */
import type { Bound, InetAddress } from '@postern/transport-api'

/**
 * undefined: from none. A socket on a loopback address reaches loopback alone, and is the first choice there. Of a family there is one
 * socket on the unspecified address, or others (`listen`); of these the first serves, for the system's routes are not ours to know.
 */
export function endpointFor<E extends Pick<Bound, 'address'>>(
  { family, host }: InetAddress,
  endpoints: readonly E[],
): E | undefined {
  const able = endpoints.filter(({ address }) => address.family === family)
  if (isLoopback(host)) return able.find(({ address }) => isLoopback(address.host)) ?? able[0]
  return able.find(({ address }) => !isLoopback(address.host))
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.')
}
