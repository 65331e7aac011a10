/** The seam between what is to be sent and how a server is talked to. */

/** A mail ready to leave. */
export interface OutgoingMail {
  /** Null sender: `''`; or an address of our own. */
  readonly envelopeFrom: string
  /** One mailbox. */
  readonly to: string
  /** Header and body, CRLF lines, not dot-stuffed. Not to be changed by anyone. */
  readonly raw: Buffer
}

export type SendOutcome =
  /** The server took responsibility: it answered the end of DATA with 2xx. */
  | { readonly at: 'accepted' }
  /** Nobody is to blame for good: no connection, a time-out, 4xx, garbage. Worth another try. */
  | { readonly at: 'later'; readonly reason: string }
  /** 5xx. `recipient`: this mailbox (RCPT); `mail`: this mail, or our rights to send it (any other command). */
  | { readonly at: 'refused'; readonly what: 'recipient' | 'mail'; readonly reason: string }

/** Talks to one server over connections that it keeps open. */
export interface MailSender {
  /** Never rejects. Bounded in time. Runs in parallel up to the sender's number of connections; more wait their turn. */
  send(mail: OutgoingMail): Promise<SendOutcome>
  /** Ends all connections; sends under way settle as `later`. Idempotent. */
  close(): Promise<void>
}

/** Which server, and how. */
export interface SenderOptions {
  /** Name or IP literal, the operator's choice. */
  readonly host: string
  readonly port: number
  /** `tls`: from the first octet; `starttls`: required; `none`: in the clear, STARTTLS is not used even if offered. */
  readonly security: 'tls' | 'starttls' | 'none'
  /** Sent over TLS only, unless `plaintextCredentials`. */
  readonly auth?: { readonly user: string; readonly pass: string }
  readonly plaintextCredentials?: boolean
  /** PEM; for servers with a certificate of their own making. */
  readonly ca?: string
  /** For the EHLO command. */
  readonly name: string
  /** Most connections at once. */
  readonly connections: number
  /** Each stage of the dialogue, ms. */
  readonly timeoutMs: number
}
