/** What strangers may take of a mail server of ours. Each can be set by whoever opens one. */

export interface MailServerLimits {
  /** Connections at once, closing ones included. */
  readonly clients: number
  /** Of these from one source (IPv4 address, IPv6 /64). */
  readonly clientsPerSource: number
  /** Without an octet from the client. */
  readonly idleMs: number
  /** From the connection, or the last mail, to the end of the next mail: whoever sends an octet a minute is not idle. */
  readonly mailMs: number
  /** Between two mails. */
  readonly commands: number
  /** Before credentials were accepted, where they are asked for; attempts to log in included. */
  readonly unauthenticatedCommands: number
  /** One command line. */
  readonly commandOctets: number
  readonly recipients: number
}

export const DEFAULT_MAIL_SERVER_LIMITS: MailServerLimits = {
  // 256 mails of 1 MiB under way are a quarter of a GiB: the most that strangers can make us hold.
  clients: 256,
  clientsPerSource: 64,
  // RFC 5321 section 4.5.3.2.7
  idleMs: 300_000,
  mailMs: 600_000,
  commands: 200,
  unauthenticatedCommands: 10,
  // RFC 5321 section 4.5.3.1.4 asks for 512; parameters and AUTH add to it
  commandOctets: 4_096,
  recipients: 16,
}

/** How long clients have to read the last reply and leave when a server stops. */
export const STOP_GRACE_MS = 1_000
