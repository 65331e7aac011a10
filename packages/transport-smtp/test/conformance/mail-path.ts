/** What lies between a relay and one mailbox: a server that mislays mails, repeats them or holds them back. */
import { systemClock } from '@postern/transport-api'
import type { MailSender, OutgoingMail, SendOutcome } from '../../src/sending/mail-sender.js'

export const MAIL_FAULTS = ['delay', 'stall', 'loss', 'duplicate', 'reorder', 'one-way'] as const
export type MailFault = (typeof MAIL_FAULTS)[number]

/** Every mail of a path with `delay`. */
const DELAY_MS = 30
/** A mail that is to be overtaken and has none behind it. */
const OVERTAKING_MS = 60
/** What the relay hears of a mail that vanishes, and of one that was not delivered before the end of the world. */
const VANISHED: SendOutcome = { at: 'accepted' }
const FORGOTTEN: SendOutcome = { at: 'refused', what: 'mail', reason: 'closed' }

/** `stall` passes until it acts; `stalled` holds everything back, `whole` nothing. */
type State = MailFault | 'stalled' | 'whole' | 'over'

export class MailPath {
  #state: State
  #mails = 0
  /** Mails that are held back: each may go. */
  readonly #held = new Set<() => void>()

  constructor(fault: MailFault) {
    this.#state = fault
  }

  async carry(mail: OutgoingMail, sender: MailSender): Promise<SendOutcome> {
    this.#mails += 1
    const isFirstOfTwo = this.#mails % 2 === 1
    switch (this.#state) {
      case 'loss':
        return isFirstOfTwo ? VANISHED : sender.send(mail)
      case 'duplicate':
        await sender.send(mail)
        return sender.send(mail)
      case 'reorder':
        return isFirstOfTwo ? this.#later(mail, sender, OVERTAKING_MS) : this.#overtake(mail, sender)
      case 'delay':
        return this.#later(mail, sender, DELAY_MS)
      case 'stalled':
        return this.#later(mail, sender, null)
      case 'over':
        return FORGOTTEN
      default: // also where nothing passes in the other direction: that does not lead through here
        return sender.send(mail)
    }
  }

  /** A `stall` begins. Any other fault is gone, and what was held back is delivered. */
  act(): void {
    if (this.#state !== 'over') this.#state = this.#state === 'stall' ? 'stalled' : 'whole'
    this.#releaseAll()
  }

  /** What was held back is forgotten. */
  close(): void {
    this.#state = 'over'
    this.#releaseAll()
  }

  async #later(mail: OutgoingMail, sender: MailSender, waitMs: number | null): Promise<SendOutcome> {
    await new Promise<void>((resolve) => {
      const timer = waitMs === null ? null : systemClock.setTimer(() => release(), waitMs)
      const release = (): void => {
        timer?.[Symbol.dispose]()
        this.#held.delete(release)
        resolve()
      }
      this.#held.add(release)
    })
    return this.#isOver ? FORGOTTEN : sender.send(mail)
  }

  async #overtake(mail: OutgoingMail, sender: MailSender): Promise<SendOutcome> {
    const outcome = await sender.send(mail)
    this.#releaseAll()
    return outcome
  }

  #releaseAll(): void {
    for (const release of [...this.#held]) release()
  }

  /** A method of its own, because the state changes while mails wait, where the compiler cannot see it. */
  get #isOver(): boolean {
    return this.#state === 'over'
  }
}
