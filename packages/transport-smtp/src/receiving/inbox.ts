/** The seam between a place where mail arrives and the transport: the listener today; pipe, maildir, pop3 and imap later. */

/** What became of a mail. Only one that was `taken` may be deleted; everything else stays where it was, untouched. */
export type Verdict = 'taken' | 'not-ours' | 'malformed'

/** `mail`: header and body as they arrived, the receiver's own from now on. Never throws. */
export type Deliver = (mail: Buffer) => Verdict

export interface Inbox {
  /** Rejects with TransportError ERR_LISTEN_*. */
  start(deliver: Deliver): Promise<void>
  /** Idempotent; afterwards no `deliver`, timer or handle remains. */
  stop(): Promise<void>
}
