/** One mailbox as its HELO describes it: where mails go, what must stand in them, and how much one may hold. */
import type { Helo } from '@postern/helo'
import { CONTAINER_HEADER_OCTETS, ENTRY_HEADER_OCTETS } from './constants.js'
import type { FilterLine } from './mail/filter-line.js'
import type { Mailbox } from './mail/mail-address.js'
import { decodeSmtpAddress } from './mail/smtp-address.js'

export interface SmtpRecipient {
  /** Recipients of one key share a queue. */
  readonly key: string
  readonly mailbox: Mailbox
  readonly filterLine: FilterLine
  /** Octets of a container that it takes. */
  readonly capacityOctets: number
  /** As in the HELO. */
  readonly senderAddress: Uint8Array
}

/** null: the address is none. `ownMtu`, octets, bounds what we send to anyone. */
export function recipientOf(helo: Helo, ownMtu: number): SmtpRecipient | null {
  const decoded = decodeSmtpAddress(helo.senderAddress)
  if (!decoded.ok) return null
  const { mailbox, filterLine } = decoded.value
  const capacityOctets = CONTAINER_HEADER_OCTETS + ENTRY_HEADER_OCTETS + Math.min(helo.mtu, ownMtu)
  // HELO addresses are compared by their octets: two spellings of a domain are two addresses to core.
  const key = `${Buffer.from(helo.senderAddress).toString('latin1')} ${capacityOctets}`
  return { key, mailbox, filterLine, capacityOctets, senderAddress: helo.senderAddress }
}
