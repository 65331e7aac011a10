/** What is inside a frame or a handshake, once it has opened: core's own messages, fragments, and those of applications. */
import {
  CHALLENGE_OCTETS,
  checkHelo,
  FIRST_APPLICATION_TYPE,
  type Fragment,
  fragmentCodec,
  heloCodec,
  MESSAGE_TYPE,
  type PlainMessage,
  pingCodec,
  pongCodec,
  reportCodec,
} from '@postern/helo'
import { addressKey } from '../peers/address-key.js'
import { TokenBuckets } from '../peers/token-buckets.js'
import { isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import type { Epoch } from './epoch.js'
import type { PeerLink } from './link.js'
import type { LinkContext } from './link-context.js'
import { Reassembly } from './reassembly.js'

const REASSEMBLY_LIMITS = { maxOctets: 1024 * 1024, maxMessages: 64 }
/** Parts of one message may come by fast and slow paths; memory is bounded apart from time. */
const REASSEMBLY_MS = 60_000
/** HELOs that one link may have us verify. */
const HELOS = { perSecond: 2, burst: 64 }

export interface TakeOptions {
  /** From inside a first message: it may be a replay. */
  readonly early: boolean
  /** null: from inside a handshake. */
  readonly epoch?: Epoch
}

export class InboundMessages {
  readonly #context: LinkContext
  readonly #link: PeerLink
  readonly #reassembly: Reassembly
  readonly #helos: TokenBuckets

  constructor(context: LinkContext, link: PeerLink) {
    this.#context = context
    this.#link = link
    this.#helos = new TokenBuckets({ clock: context.clock, ...HELOS, maxKeys: 1 })
    this.#reassembly = new Reassembly({
      clock: context.clock,
      limits: { ...REASSEMBLY_LIMITS, timeoutMs: REASSEMBLY_MS },
      onDropped: (reason, count) => context.dropped('in', reason, count),
    })
  }

  /** Never throws. What a handshake has used already, its HELOs and PONGs, is passed over. */
  take(messages: readonly PlainMessage[], arrival: Arrival, options: TakeOptions): void {
    let challenges = 0
    for (const message of messages) {
      // One in a frame: an answer is no larger than what it answers.
      if (message.type === MESSAGE_TYPE.CHALLENGE && ++challenges > 1) this.#drop('surplus-challenge')
      else if (message.type >= FIRST_APPLICATION_TYPE) this.#handOn(message, arrival, options.early)
      else if (options.epoch !== undefined) this.#own(message, arrival, options.epoch)
    }
  }

  close(): void {
    this.#reassembly.close()
  }

  #handOn({ type, body }: PlainMessage, { carrier }: Arrival, early: boolean): void {
    const { peer } = this.#link
    this.#link.used()
    this.#context.handOn({ peer, type, body: body.slice(), path: { transport: carrier.name }, early, proven: true })
  }

  #own({ type, body }: PlainMessage, arrival: Arrival, epoch: Epoch): void {
    switch (type) {
      case MESSAGE_TYPE.FRAGMENT:
        return this.#fragment(body, arrival)
      case MESSAGE_TYPE.CHALLENGE:
        if (body.byteLength !== CHALLENGE_OCTETS) return this.#drop('malformed-control')
        return this.#link.answering.echo(body.slice(), arrival)
      case MESSAGE_TYPE.ECHO: {
        const path = this.#link.paths.echoed(body, arrival)
        if (path === null) return this.#drop('unasked-echo')
        if (path.helo !== null) this.#context.validator.confirmed(path.helo)
        return this.#link.progressed()
      }
      case MESSAGE_TYPE.REPORT:
        return this.#report(body, epoch, arrival)
      case MESSAGE_TYPE.HELO:
        return this.#helo(body)
      case MESSAGE_TYPE.PING:
        return this.#ping(body, arrival)
      case MESSAGE_TYPE.PONG:
        return this.#pong(body)
      case MESSAGE_TYPE.CLOSE:
        // Late mail of an older epoch says nothing about this one.
        return epoch === this.#link.epochs.current ? this.#link.end() : this.#drop('old-close')
      case MESSAGE_TYPE.PADDING:
        return
      default:
        return this.#drop('unknown-control')
    }
  }

  #fragment(body: Uint8Array, arrival: Arrival): void {
    const fragment = fragmentCodec.decode(body)
    if (!fragment.ok) return this.#drop(fragment.fault)
    const whole = this.#reassembly.add(fragment.value satisfies Fragment)
    if (whole === 'inconsistent') return this.#drop('inconsistent-fragments')
    if (whole === 'ignored') return this.#drop('repeated-fragment')
    if (whole === 'incomplete') return
    if (whole.type >= FIRST_APPLICATION_TYPE) this.#handOn(whole, arrival, false)
    else this.#drop('nested-control')
  }

  /** A path whose frames arrive is confirmed. What came by mail says that they do, and nothing about when. */
  #report(body: Uint8Array, epoch: Epoch, { carrier }: Arrival): void {
    const report = reportCodec.decode(body)
    if (!report.ok) return this.#drop(report.fault)
    const { paths } = this.#link
    const { clock, validator } = this.#context
    const arrived = new Map(report.value.map((one) => [one.pathId, one]))
    for (const path of paths.all) {
      const sent = epoch.sentOver(path.lane)
      const said = sent === null ? undefined : arrived.get(sent.pathId)
      if (said === undefined) continue
      const isTimed = !isSlowCarrier(carrier) || isSlowCarrier(path.carrier)
      const verdict = path.measure.reported(epoch, said, clock.monotonic(), isTimed)
      if (verdict === 'false') {
        // Who guesses is not where we send to.
        paths.doubt(path)
        return this.#drop('false-report')
      }
      if (verdict !== 'news') continue
      if (path.isProven && path.helo !== null) validator.confirmed(path.helo)
      const isNew = !path.isConfirmed
      paths.confirmed(path, carrier)
      if (!isNew) continue
      const hasFailed = path.helo !== null && this.#link.prober.of(path.helo).failures > 0
      if (hasFailed) this.#context.revived(this.#link, path)
      this.#link.progressed()
    }
  }

  #helo(body: Uint8Array): void {
    const { book, validator, clock } = this.#context
    if (!this.#helos.take('')) return this.#drop('helo-flood') // each costs a signature
    const helo = heloCodec.decode(body)
    if (!helo.ok) return this.#drop(helo.fault)
    const fault = checkHelo(helo.value, clock.now())
    if (fault !== null) return this.#drop(fault)
    const from = helo.value.senderIdentity === this.#link.peer ? 'owner' : { teller: this.#link.peer }
    const addition = book.add(helo.value, from, clock.now())
    if (addition === 'added' || addition === 'replaced') this.#link.prober.encourage()
    if (addition === 'withdrawn') validator.forget(helo.value.senderIdentity, addressKey(helo.value))
    else if (!helo.value.flags.withdrawn) validator.validate(helo.value, from)
  }

  #ping(body: Uint8Array, arrival: Arrival): void {
    const ping = pingCodec.decode(body)
    if (!ping.ok) return this.#drop(ping.fault)
    if (ping.value.asker !== this.#link.peer) return this.#drop('not-ours')
    const pong = this.#context.validator.received(ping.value, arrival.source, false)
    if (typeof pong === 'string') this.#drop(pong)
    else this.#link.answering.answer({ type: MESSAGE_TYPE.PONG, body: pong }, arrival)
  }

  #pong(body: Uint8Array): void {
    const pong = pongCodec.decode(body)
    const fault = pong.ok ? this.#context.validator.receivedPong(pong.value) : pong.fault
    if (fault !== null) this.#drop(fault)
  }

  #drop(reason: string): void {
    this.#context.dropped('in', reason, 1)
  }
}
