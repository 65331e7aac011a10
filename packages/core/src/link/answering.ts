/**
 * By which way core's own answers leave: ECHOs and PONGs. What carries data is best, unless it is slow or does not answer; then back to
 * where the question came from; and where that may lead to nobody, at last by mail.
 */
import { MESSAGE_TYPE, type PlainMessage } from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import type { PeerLink } from './link.js'
import type { LinkContext } from './link-context.js'
import { MailAllowance } from './mail-allowance.js'
import type { Path } from './path.js'

/** An ECHO that goes back to where its CHALLENGE came from may reach nobody. */
const LATE_ECHO_MS = 2_000

export class Answering {
  readonly #context: LinkContext
  readonly #link: PeerLink
  readonly #mail: MailAllowance
  #late: Timer | null = null

  constructor(context: LinkContext, link: PeerLink) {
    this.#context = context
    this.#link = link
    this.#mail = new MailAllowance(context.clock)
  }

  /** False: there is no good way. */
  answer(message: PlainMessage, arrival: Arrival): boolean {
    const { epochs, paths, outbound } = this.#link
    const epoch = epochs.current
    if (epoch === null || this.#isChosenGood(arrival)) {
      outbound.control(message.type, message.body)
      return true
    }
    const back = paths.all.filter((path) => path.tsession === arrival.tsession || path === paths.fastestBack)
    for (const path of back) outbound.put(epoch, path, [message])
    return back.length > 0
  }

  /** Answers a CHALLENGE. Where the way back is not known to lead to the peer, after a while also by mail. */
  echo(body: Uint8Array, arrival: Arrival): void {
    const message = { type: MESSAGE_TYPE.ECHO, body }
    const isAnswered = this.answer(message, arrival)
    if (this.#isChosenGood(arrival)) return this.#alsoBack(message, arrival)
    if (!isAnswered) return this.#byMail(message)
    this.#late?.[Symbol.dispose]()
    this.#late = this.#context.clock.setTimer(() => {
      const back = arrival.tsession === null ? null : this.#link.paths.of(arrival.tsession)
      if (back?.isProven !== true) this.#byMail(message)
    }, LATE_ECHO_MS)
  }

  /** What carries data may have died without our noticing, which is why the peer asks by another way. */
  #alsoBack(message: PlainMessage, { tsession, carrier }: Arrival): void {
    const { epochs, paths, outbound } = this.#link
    const back = tsession === null || isSlowCarrier(carrier) ? null : paths.of(tsession)
    if (epochs.current !== null && back !== null && back !== paths.chosen) outbound.put(epochs.current, back, [message])
  }

  close(): void {
    this.#late?.[Symbol.dispose]()
    this.#late = null
  }

  #isChosenGood({ carrier }: Arrival): boolean {
    const { chosen, fastestBack } = this.#link.paths
    return chosen !== null && (fastestBack === chosen || isSlowCarrier(carrier))
  }

  #byMail(message: PlainMessage): void {
    const { epochs, paths, outbound } = this.#link
    const { chosen, all } = paths
    if (epochs.current === null) return
    if (chosen !== null) {
      if (this.#mail.take()) outbound.put(epochs.current, chosen, [message])
      return
    }
    for (const path of all) if (this.#mayBe(path)) outbound.put(epochs.current, path, [message])
  }

  /** The peer advertised the address itself; nobody has proven it. */
  #mayBe({ helo, carrier }: Path): boolean {
    if (helo === null) return false
    return isSlowCarrier(carrier) ? this.#mail.take() : this.#context.validator.payForAnswer(helo) === null
  }
}
