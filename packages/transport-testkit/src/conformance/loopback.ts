/** What the harnesses of transports over IP have in common: where their instances stand, and addresses that nobody may dial. */
import { encodeInetAddress, interfaceAddresses } from '@postern/transport-api'

/** `127.0.0.1`, and `::1` where the machine has it; `interfaces` as node:os gives them. */
export function loopbackHosts(interfaces: Parameters<typeof interfaceAddresses>[0]): readonly string[] {
  const own = new Set(interfaceAddresses(interfaces).map(({ address }) => address))
  return own.has('::1') ? ['127.0.0.1', '::1'] : ['127.0.0.1']
}

const NEITHER_IPV4_NOR_IPV6_OCTETS = [1, 5, 7, 17, 19, 64]
const PORT = 4_001

/** Wrong sizes, port 0, and addresses that are no host: also a node that allows all of loopback refuses them. */
export const UNUSABLE_INET_ADDRESSES: readonly Uint8Array[] = [
  ...NEITHER_IPV4_NOR_IPV6_OCTETS.map((octets) => new Uint8Array(octets).fill(1)),
  ...['127.0.0.1', '::1'].map((host) => encodeInetAddress(host, 0)),
  ...['0.0.0.0', '::', '224.0.0.1', 'ff02::1', '255.255.255.255'].map((host) => encodeInetAddress(host, PORT)),
]
