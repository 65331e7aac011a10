/** The addressing half of the contract for every transport over IP: which HELOs may be dialled, and which ones are ours. */
import type { Helo, HeloDraft, ProtocolNumber } from '@postern/helo'
import { TransportError } from '../errors.js'
import type { Provenance } from '../transport.js'
import { advertisedAddresses } from './advertised-addresses.js'
import { decodeInetAddress, encodeInetAddress, formatInetAddress, type InetAddress } from './inet-address.js'
import type { InetSettings } from './inet-settings.js'
import type { InterfaceAddress } from './network-policy.js'

/** What node:os gives, flattened. */
export function interfaceAddresses(
  byName: Readonly<Record<string, readonly InterfaceAddress[] | undefined>>,
): readonly InterfaceAddress[] {
  return Object.values(byName).flatMap((addresses) => addresses ?? [])
}

export interface InetAddressingOptions {
  readonly protocol: ProtocolNumber
  readonly settings: Pick<InetSettings, 'advertise' | 'policy'>
  /** The configuration section that an error tells the operator to change. */
  readonly section: string
  readonly interfaces: () => readonly InterfaceAddress[]
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

  /** `createHELO` of the contract for what we listen on now: null when that is nothing. `mtuOf` gives octets by address family. */
  drafts(bound: readonly InetAddress[], mtuOf: (family: 4 | 6) => number): readonly HeloDraft[] | null {
    const { protocol, settings, interfaces } = this.#options
    const drafts = advertisedAddresses({ bound, ...settings, interfaces }).map(({ host, port, family }): HeloDraft => {
      const senderAddress = encodeInetAddress(host, port)
      return { protocol, mtu: mtuOf(family), senderAddressSize: senderAddress.byteLength, senderAddress }
    })
    return drafts.length === 0 ? null : drafts
  }
}
