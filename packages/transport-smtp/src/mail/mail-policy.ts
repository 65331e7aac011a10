/** Whom the operator lets us write to, over and above what every mailbox must be (mail-address.ts). */
import { domainOf, type Mailbox, mailboxBudgetKey, parseMailbox } from './mail-address.js'

export interface MailPolicyOptions {
  /** Mailboxes or domains; exceptions to `deny`. */
  readonly allow: readonly string[]
  /** Mailboxes, with any +tag, or domains, subdomains included. */
  readonly deny: readonly string[]
}

export class MailPolicy {
  readonly #allow: ReadonlySet<string>
  readonly #deny: ReadonlySet<string>

  constructor({ allow, deny }: MailPolicyOptions) {
    this.#allow = new Set(allow.map((entry) => entry.toLowerCase()))
    this.#deny = new Set(deny.map((entry) => entry.toLowerCase()))
  }

  /** A mailbox or a domain of at least two labels. */
  static isEntry(text: string): boolean {
    return parseMailbox(text.includes('@') ? text : `someone@${text}`) !== null
  }

  allows(mailbox: Mailbox): boolean {
    const names = namesOf(mailbox)
    if (names.some((name) => this.#allow.has(name))) return true
    // A tag must not let a stranger's HELO past the operator: whoever denies me@ denies me+1@, too.
    return ![...names, mailboxBudgetKey(mailbox)].some((name) => this.#deny.has(name))
  }
}

/** `a@b.example.org`: itself, then `b.example.org`, `example.org`, `org`. */
function namesOf(mailbox: Mailbox): string[] {
  const labels = domainOf(mailbox).toLowerCase().split('.')
  return [mailbox.toLowerCase(), ...labels.map((_, at) => labels.slice(at).join('.'))]
}
