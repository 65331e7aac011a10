/**
 * The inbox that needs nothing installed: a mail server of our own, for one mailbox. An MTA hands mail straight over (SMTP or
 * LMTP), or a relay does. Anybody may write to it: what is ours is for `deliver` to say.
 */
import { type Clock, type InetAddress, type Logger, Turns } from '@postern/transport-api'
import type { Deliver, Inbox, Verdict } from './inbox.js'
import { type MailServerLimits, STOP_GRACE_MS } from './limits.js'
import { type MailRules, type MailServer, openMailServer, type Reply, type ServerTls } from './mail-server.js'

export interface ListenerInboxOptions {
  /** Of the configuration, for errors. */
  readonly section: string
  readonly protocol: 'smtp' | 'lmtp'
  /** IP literal. */
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  /** The only recipient; compared without case, as nearly all servers do. */
  readonly mailbox: string
  readonly maxMailOctets: number
  /** For the greeting; the domain of the mailbox when left out. */
  readonly name?: string
  readonly tls?: ServerTls
  readonly limits?: Partial<MailServerLimits>
  readonly clock: Clock
  readonly log: Logger
  /** What never reached `deliver`, by reason: `too-large`, `nul`, `bare-newline`, `wrong-recipient`, … */
  readonly onRefused?: (reason: string) => void
}

export interface ListenerInbox extends Inbox {
  /** null: not started. After a stop it tells where it was. */
  readonly address: InetAddress | null
}

const REPLIES: Readonly<Record<Verdict, Reply>> = {
  taken: { code: 250, text: '2.0.0 taken' },
  'not-ours': { code: 550, text: '5.7.1 not for this mailbox' },
  malformed: { code: 554, text: '5.6.0 malformed' },
}

/** Does no I/O before `start`. */
export function createListenerInbox(options: ListenerInboxOptions): ListenerInbox {
  return new SmtpListenerInbox(options)
}

class SmtpListenerInbox implements ListenerInbox {
  address: InetAddress | null = null
  readonly #options: ListenerInboxOptions
  readonly #turns = new Turns()
  #server: MailServer | null = null
  #deliver: Deliver | null = null

  constructor(options: ListenerInboxOptions) {
    this.#options = options
  }

  start(deliver: Deliver): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#server !== null) return
      const { mailbox, onRefused = () => {} } = this.#options
      const name = this.#options.name ?? mailbox.slice(mailbox.lastIndexOf('@') + 1)
      this.#server = await openMailServer({ ...this.#options, name, rules: this.#rules(), onRefused })
      this.#deliver = deliver
      this.address = this.#server.address
      const { host, port } = this.address
      this.#options.log.info('mail.listening', { host, port, mailbox })
    })
  }

  stop(): Promise<void> {
    this.#deliver = null
    return this.#turns.take(async () => {
      const server = this.#server
      this.#server = null
      this.#deliver = null
      await server?.stop(STOP_GRACE_MS)
    })
  }

  #rules(): MailRules {
    const ours = this.#options.mailbox.toLowerCase()
    return {
      recipient: (mailbox, before) => {
        if (mailbox.toLowerCase() !== ours)
          return { code: 550, text: '5.1.1 no such mailbox', reason: 'wrong-recipient' }
        // LMTP answers once for each recipient, and smtp-server keeps equal ones as one.
        return before === 0 ? null : { code: 452, text: '4.5.3 named already', reason: 'repeated-recipient' }
      },
      mail: (mail) => {
        const verdict = this.#deliver?.(mail)
        return verdict === undefined ? { code: 451, text: '4.3.2 shutting down' } : REPLIES[verdict]
      },
    }
  }
}
