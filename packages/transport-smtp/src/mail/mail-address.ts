/**
 * Mailboxes we write to, and our own: what a hostile HELO may make us say after RCPT TO, and what it may not.
 * Judges text only; never asks the DNS, never repairs. DESIGN sections 4 and 5, PROTOCOL.md section 7, RFC 5321 section 4.1.2.
 */
import { MAX_MAILBOX_OCTETS } from '../constants.js'

declare const mailboxBrand: unique symbol

/** `local@domain`, ASCII: the local part as written (its case may matter to its server), the domain in lower case. */
export type Mailbox = string & { readonly [mailboxBrand]: true }

/** Why a text is no mailbox of ours to use. */
export const MAILBOX_FAULTS = ['too-long', 'not-ascii', 'not-a-dot-atom', 'not-a-domain', 'command-mailbox'] as const
export type MailboxFault = (typeof MAILBOX_FAULTS)[number]

/** RFC 5321 section 4.5.3.1.1. */
const MAX_LOCAL_CHARACTERS = 64
const NOT_ASCII = /[\u0080-\uffff]/
/** RFC 5322 section 3.2.3 less `%` and `!`, which some servers still route by, and `|`, which some still run. */
const DOT_ATOM = /^[A-Za-z0-9#$&'*+\-/=?^_`{}~]+(?:\.[A-Za-z0-9#$&'*+\-/=?^_`{}~]+)*$/
/** RFC 1035 section 2.3.1, and a digit may come first. */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
/** A last label like this makes resolvers read the name as an IPv4 address, `127.0.0.1` and `0x7f.0x1` alike. */
const NUMBER = /^(?:[0-9]+|0[xX][0-9A-Fa-f]*)$/

const COMMAND_NAMES: ReadonlySet<string> = new Set(['postmaster', 'abuse', 'mailer-daemon', 'majordomo', 'listserv'])
const COMMAND_ENDINGS = ['-request', '-subscribe', '-unsubscribe', '-bounces'] as const

/** The mailbox that `text` is, from a HELO or from our own config: one rule for both. Null: mailboxFault says why. */
export function parseMailbox(text: string): Mailbox | null {
  if (mailboxFault(text) !== null) return null
  const domainAt = text.indexOf('@') + 1
  return (text.slice(0, domainAt) + text.slice(domainAt).toLowerCase()) as Mailbox
}

/** Null: a mailbox. Bounded by its first look at the length; never throws. No `@` at all is `not-a-domain`. */
export function mailboxFault(text: string): MailboxFault | null {
  if (text.length > MAX_MAILBOX_OCTETS) return 'too-long'
  if (NOT_ASCII.test(text)) return 'not-ascii'
  const at = text.indexOf('@')
  if (at === -1) return 'not-a-domain'
  if (at > MAX_LOCAL_CHARACTERS) return 'too-long'
  const local = text.slice(0, at)
  if (!DOT_ATOM.test(local)) return 'not-a-dot-atom'
  if (!isDomain(text.slice(at + 1))) return 'not-a-domain'
  return isCommand(local) ? 'command-mailbox' : null
}

/** What budgets per mailbox count by: lower case, the tag cut, so that a thousand tags are one mailbox. */
export function mailboxBudgetKey(mailbox: Mailbox): string {
  const at = mailbox.indexOf('@')
  return (withoutTag(mailbox.slice(0, at)) + mailbox.slice(at)).toLowerCase()
}

/** The domain, in lower case: what budgets per mail domain count by. */
export function domainOf(mailbox: Mailbox): string {
  return mailbox.slice(mailbox.indexOf('@') + 1)
}

function isDomain(text: string): boolean {
  const labels = text.split('.')
  return labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !NUMBER.test(labels.at(-1)!)
}

/** Programs read these: a mail to one may subscribe, confirm or complain in our name. The tag is judged both with and without. */
function isCommand(local: string): boolean {
  const whole = local.toLowerCase()
  return [whole, withoutTag(whole)].some(
    (name) =>
      COMMAND_NAMES.has(name) ||
      name.startsWith('owner-') ||
      name.includes('-confirm') ||
      COMMAND_ENDINGS.some((ending) => name.endsWith(ending)),
  )
}

function withoutTag(local: string): string {
  const plus = local.indexOf('+')
  return plus === -1 ? local : local.slice(0, plus)
}
