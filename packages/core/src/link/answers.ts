/** Our answers to the handshakes that the peer began (PROTOCOL.md section 10). */
import type { OpenedHandshake } from '@postern/crypto'
import {
  encodeBatch,
  FIRST_MESSAGE_DATAGRAM_OCTETS,
  type FirstMessage,
  MESSAGE_HEADER_OCTETS,
  MESSAGE_TYPE,
  type PlainMessage,
  pingCodec,
  SECOND_NOISE_OCTETS,
  secondMessageCodec,
} from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { clearMessage } from '../messages/clear-message.js'
import { isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import { candidatesOf, dialCandidate } from './candidates.js'
import { Courier } from './courier.js'
import { Epoch } from './epoch.js'
import type { OpenedBatch } from './first-message.js'
import { fitting, octetsOf } from './fitting.js'
import { learn, ownHelos } from './handshake-helos.js'
import type { PeerLink } from './link.js'
import type { LinkContext } from './link-context.js'
import { MailAllowance } from './mail-allowance.js'
import type { Path } from './path.js'

interface Answer {
  readonly epoch: Epoch
  readonly body: Uint8Array
  /** The sessions it went back over: whoever uses it proves that he is there, if there is only one. */
  readonly paths: Set<Path>
  courier: Courier | null
  expiry: Timer | null
}

/** DESIGN section 4. */
const MAX_ANSWERS = 2
const INDEX_OCTETS = 4
/** A second message without its batch. */
const SECOND_OVERHEAD_OCTETS: number = MESSAGE_HEADER_OCTETS + 2 * INDEX_OCTETS + SECOND_NOISE_OCTETS
/** After that a fast peer has not got our answer, or does not want it. */
const ANSWER_LIFE_MS = 60_000
/** How long a peer that was answered may take to say so. */
const ANSWER_GRACE_MS = 1_000

export class Answers {
  readonly #context: LinkContext
  readonly #link: PeerLink
  /** By the ephemeral of the first message: the same one gets the same answer. */
  readonly #answers = new Map<string, Answer>()
  readonly #mail: MailAllowance

  constructor(context: LinkContext, link: PeerLink) {
    this.#context = context
    this.#link = link
    this.#mail = new MailAllowance(context.clock)
  }

  /** For how long the peer, who began, may still say that it has our answer: meanwhile no handshake of our own is needed. */
  get graceMs(): number {
    const nowMs = this.#context.clock.monotonic()
    const sinceMs = [...this.#answers.values()].map(({ epoch }) => nowMs - epoch.madeMs)
    return Math.max(0, ...sinceMs.map((ms) => ANSWER_GRACE_MS - ms))
  }

  /** The peer's first message opened. `octets`: of the transport message that brought it. */
  answer(opened: OpenedHandshake, first: FirstMessage, batch: OpenedBatch, arrival: Arrival, octets: number): void {
    const { aead, indexes, clock } = this.#context
    const link = this.#link
    learn(this.#context, batch.helos)
    const isProvenSource = arrival.carrier.transport.traits.sourceProven
    const room =
      (isProvenSource || arrival.tsession === null ? FIRST_MESSAGE_DATAGRAM_OCTETS : octets) - SECOND_OVERHEAD_OCTETS
    const ownIndex = indexes.reserve()
    const { message, secrets } = opened.answer(encodeBatch(this.#secondInside(room, batch, arrival)))
    opened.erase()
    const epoch = new Epoch({
      aead,
      secrets,
      ownIndex,
      peerIndex: first.senderIndex,
      isOurs: false,
      begunMs: clock.now(),
      madeMs: clock.monotonic(),
    })
    epoch.crossings = link.initiations.cross()
    indexes.give(ownIndex, { at: 'epoch', link, epoch })
    link.epochs.add(epoch)
    void link.save(epoch)
    const body = secondMessageCodec.encode({ senderIndex: ownIndex, receiverIndex: first.senderIndex, noise: message })
    const answer: Answer = { epoch, body, paths: new Set(), courier: null, expiry: null }
    this.#remember(nameOf(first), answer)
    this.#expireLater(nameOf(first), answer, arrival)
    this.#send(answer, arrival)
    link.inbound.take(batch.rest, arrival, { early: true })
  }

  /** The same first message once more gets the same answer. False: it was not answered, or long ago. */
  repeat(first: FirstMessage, arrival: Arrival): boolean {
    const answer = this.#answers.get(nameOf(first))
    if (answer === undefined) return false
    this.#send(answer, arrival)
    return true
  }

  /** The first frame under an epoch of the peer's has opened: it got our answer. */
  confirmed(epoch: Epoch, arrival: Arrival): void {
    const link = this.#link
    link.epochs.use(epoch) // first: a path that is proven is asked at once how much it takes
    for (const [name, answer] of this.#answers) {
      if (answer.epoch !== epoch) continue
      this.#answers.delete(name)
      answer.expiry?.[Symbol.dispose]()
      const dialled = answer.courier?.paths ?? []
      for (const path of dialled) link.paths.add(path)
      answer.courier?.end(new Set(dialled))
      // The answer went there and nowhere else, and whoever is there used it.
      const [path] = answer.paths
      if (answer.paths.size === 1 && answer.courier === null && path?.tsession === arrival.tsession)
        link.paths.prove(path)
    }
    link.heardFrom(arrival)
    link.greet()
  }

  /** We begin one, too, and both may complete: the mark that it shares with those of the peer; none where there is none. */
  cross(): ReadonlySet<object> {
    const mark = {}
    for (const { epoch } of this.#answers.values()) epoch.crossings = new Set([...epoch.crossings, mark])
    return new Set(this.#answers.size > 0 ? [mark] : [])
  }

  close(): void {
    for (const { courier, expiry } of this.#answers.values()) {
      courier?.end()
      expiry?.[Symbol.dispose]()
    }
    this.#answers.clear()
  }

  /** The PONG is what the initiator waits for; HELOs come first in a batch and second in importance. */
  #secondInside(room: number, { rest }: OpenedBatch, arrival: Arrival): readonly PlainMessage[] {
    const { validator } = this.#context
    // At most one PING, and so at most one signature.
    const asked = rest.filter(({ type }) => type === MESSAGE_TYPE.PING).slice(0, 1)
    const pongs = asked.flatMap(({ body }): PlainMessage[] => {
      const ping = pingCodec.decode(body)
      if (!ping.ok || ping.value.asker !== this.#link.peer) return []
      const pong = validator.received(ping.value, arrival.source, false)
      return typeof pong === 'string' ? [] : [{ type: MESSAGE_TYPE.PONG, body: pong }]
    })
    const answers = fitting(pongs.slice(0, 1), room)
    return [...fitting(ownHelos(this.#context), room - octetsOf(answers)), ...answers]
  }

  #send(answer: Answer, arrival: Arrival): void {
    const { clock, validator } = this.#context
    if (arrival.tsession !== null) {
      const path = this.#link.paths.backTo(arrival)
      if (path !== null) {
        answer.paths.add(path)
        path.send(clearMessage(MESSAGE_TYPE.HANDSHAKE_SECOND, answer.body))
        return
      }
    }
    if (answer.courier !== null) return // it is on its way, by whatever there is
    const all = candidatesOf(this.#context, this.#link.peer)
    const hasSlow = all.some(({ carrier }) => isSlowCarrier(carrier))
    const candidates = hasSlow && !this.#mail.take() ? all.filter(({ carrier }) => !isSlowCarrier(carrier)) : all
    answer.courier = new Courier({
      clock,
      type: MESSAGE_TYPE.HANDSHAKE_SECOND,
      body: answer.body,
      candidates,
      dial: (candidate) => dialCandidate(this.#context, candidate, validator.payForAnswer(candidate.helo) === null),
      mayRepeat: (helo) => validator.payForAnswer(helo) === null,
      onSpread: () => {},
      onQuiet: () => {},
      onOver: () => {
        answer.courier = null
      },
    })
    answer.courier.start(this.#link.paths.all.filter(({ isProven }) => isProven))
  }

  /** Whoever does not confirm is forgotten; over mail that takes as long as mail does, and what came fast may come by mail as well. */
  #expireLater(name: string, answer: Answer, { carrier }: Arrival): void {
    const { protocols, maxLatencyMs } = this.#context.slow()
    const copyMs = protocols.length > 0 ? maxLatencyMs : 0
    const lifeMs = ANSWER_LIFE_MS + (isSlowCarrier(carrier) ? 3 * maxLatencyMs : copyMs)
    answer.expiry = this.#context.clock.setTimer(() => {
      if (this.#answers.get(name) !== answer) return
      this.#forget(name, answer)
      for (const path of answer.paths) if (!path.isProven) this.#link.paths.close(path, 'unproven')
    }, lifeMs)
  }

  #forget(name: string, answer: Answer): void {
    this.#answers.delete(name)
    answer.expiry?.[Symbol.dispose]()
    answer.courier?.end()
    if (!answer.epoch.isConfirmed) this.#link.epochs.erase(answer.epoch)
  }

  /** At most two that are not confirmed: the first, of which a copy may be under way by mail, and the last. */
  #remember(name: string, answer: Answer): void {
    const unconfirmed = [...this.#answers]
    if (unconfirmed.length >= MAX_ANSWERS) this.#forget(...unconfirmed.at(-1)!)
    this.#answers.set(name, answer)
  }
}

function nameOf({ noise }: FirstMessage): string {
  return Buffer.from(noise.subarray(0, 32)).toString('latin1')
}
