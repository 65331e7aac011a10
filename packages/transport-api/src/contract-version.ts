/** Core and transport are packages of their own, and either may be older than the other: the first thing that `init` looks at. */
import { TransportError } from './errors.js'
import { CONTRACT_VERSION, type CoreAPIForTransport } from './transport.js'

/** Throws ERR_CONTRACT_VERSION when `core` speaks another version of the contract than the one the transport was made for. */
export function checkContractVersion({ version }: CoreAPIForTransport): void {
  if (version === CONTRACT_VERSION) return
  const text = `core speaks version ${version} of the contract, this transport version ${CONTRACT_VERSION}`
  throw new TransportError('ERR_CONTRACT_VERSION', `${text}: update the older of the two`)
}
