/** The addressing half of the contract for every transport over IP: which HELOs may be dialled, and which ones are ours. */
import type { Helo, HeloDraft, ProtocolNumber } from '@postern/helo'
import { TransportError } from '../errors.js'
import type { Provenance } from '../transport.js'
import { advertisedAddresses } from './advertised-addresses.js'
import {
  decodeInetAddress,
  embeddedIpv4,
  encodeInetAddress,
  formatInetAddress,
  formatIp,
  type InetAddress,
  parseIp,
} from './inet-address.js'
import type { InetSettings } from './inet-settings.js'
import type { InterfaceAddress } from './network-policy.js'

const IPV4_OCTETS = 4
/** What budgets count IPv6 by: one host can fill a /64 at will. */
const IPV6_PREFIX_OCTETS = 8
const IPV4_PREFIX_OCTETS = 3

/** What node:os gives, flattened. */
export function interfaceAddresses(
  byName: Readonly<Record<string, readonly InterfaceAddress[] | undefined>>,
): readonly InterfaceAddress[] {
  return Object.values(byName).flatMap((addresses) => addresses ?? [])
}

export interface InetAddressingOptions {
  readonly protocol: ProtocolNumber
  readonly settings: Pick<InetSettings, 'advertise' | 'policy' | 'interfaces'>
  /** The configuration section that an error tells the operator to change. */
  readonly section: string
}

export class InetAddressing {
  readonly #options: InetAddressingOptions

  constructor(options: InetAddressingOptions) {
    this.#options = options
  }

  /** `verifyHelo` of the contract. */
  verify(helo: Helo, provenance: Provenance): boolean {
    if (helo.protocol !== this.#options.protocol) return false
    const address = decodeInetAddress(helo.senderAddress)
    return address !== null && this.#options.settings.policy.judge(address, provenance) === null
  }

  /**
   * The endpoint to dial. Throws ERR_ADDRESS_MALFORMED or ERR_ADDRESS_FORBIDDEN. Provenance was core's to judge before
   * (`verify`); here only what the operator and the address itself say counts.
   */
  dialable(helo: Helo): InetAddress {
    const { protocol, settings, section } = this.#options
    if (helo.protocol !== protocol) {
      const text = `an address of protocol ${helo.protocol}, and this transport's is ${protocol}`
      throw new TransportError('ERR_ADDRESS_MALFORMED', text)
    }
    const address = decodeInetAddress(helo.senderAddress)
    if (address === null) {
      throw new TransportError(
        'ERR_ADDRESS_MALFORMED',
        `${helo.senderAddress.length} octets are not an IP address and a port`,
      )
    }
    const refusal = settings.policy.judge(address, 'owner')
    if (refusal === null) return address
    const text = `${formatInetAddress(address)}: ${refusal}; see \`allow\` and \`deny\` of [${section}]`
    throw new TransportError('ERR_ADDRESS_FORBIDDEN', text)
  }

  /**
   * `destinations` of the contract: an IPv4 address and its /24, or the /64 of an IPv6 one. IPv6 forms that carry an
   * IPv4 address count as that, since the traffic ends there. Empty for octets that are no address.
   */
  destinations(helo: Helo): readonly string[] {
    const octets = parseIp(decodeInetAddress(helo.senderAddress)?.host ?? '')
    if (octets === null) return []
    const plain = embeddedIpv4(octets) ?? octets
    if (plain.length === IPV4_OCTETS) return [formatIp(plain), `${formatIp(prefixOf(plain, IPV4_PREFIX_OCTETS))}/24`]
    return [`${formatIp(prefixOf(plain, IPV6_PREFIX_OCTETS))}/64`]
  }

  /** `createHELO` of the contract for what we listen on now: null when that is nothing. `mtuOf` gives octets by address family. */
  drafts(bound: readonly InetAddress[], mtuOf: (family: 4 | 6) => number): readonly HeloDraft[] | null {
    const { protocol, settings } = this.#options
    const drafts = advertisedAddresses({ bound, ...settings }).map(({ host, port, family }): HeloDraft => {
      const senderAddress = encodeInetAddress(host, port)
      return { protocol, mtu: mtuOf(family), senderAddressSize: senderAddress.byteLength, senderAddress }
    })
    return drafts.length === 0 ? null : drafts
  }
}

/** `octets` with all but the first `count` zero. */
function prefixOf(octets: Uint8Array, count: number): Uint8Array {
  return octets.map((octet, at) => (at < count ? octet : 0))
}
