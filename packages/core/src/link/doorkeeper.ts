/**
 * Who may have a first message opened at all: so many of one source, of one peer and of all, and under load only who shows a cookie
 * (DESIGN sections 4 and 8, PROTOCOL.md section 10). Keeps budgets, and nothing of whom it refused.
 */
import { CookieJar, type LinkKey, type NodeId, sealCookie } from '@postern/crypto'
import { COOKIE_NONCE_OCTETS, cookieMessageCodec, type FirstMessage, MESSAGE_TYPE, macedBytes } from '@postern/helo'
import type { Clock, RandomSource } from '@postern/transport-api'
import { clearMessage } from '../messages/clear-message.js'
import { TokenBuckets } from '../peers/token-buckets.js'
import { isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'

export type DoorRefusal = 'cookie-asked' | 'handshake-flood'

/** First messages, a second and at once: of one source, of one claimed peer, and of all. */
const PER_SOURCE = { perSecond: 10, burst: 30, maxKeys: 8_192 }
const PER_PEER = { perSecond: 2, burst: 10, maxKeys: 8_192 }
const OVERALL = { perSecond: 500, burst: 1_000, maxKeys: 1 }
/** Above this rate whoever is not proven has to show a cookie. */
const CALM = { perSecond: 100, burst: 200, maxKeys: 1 }

export class Doorkeeper {
  readonly #clock: Clock
  readonly #random: RandomSource
  readonly #jar: CookieJar
  readonly #perSource: TokenBuckets
  readonly #perPeer: TokenBuckets
  readonly #overall: TokenBuckets
  readonly #calm: TokenBuckets

  constructor({ clock, random }: { readonly clock: Clock; readonly random: RandomSource }) {
    this.#clock = clock
    this.#random = random
    this.#jar = new CookieJar(random)
    this.#perSource = new TokenBuckets({ clock, ...PER_SOURCE })
    this.#perPeer = new TokenBuckets({ clock, ...PER_PEER })
    this.#overall = new TokenBuckets({ clock, ...OVERALL })
    this.#calm = new TokenBuckets({ clock, ...CALM })
  }

  /** One that was answered already and comes again. */
  allowsRepeat(arrival: Arrival): boolean {
    return this.#perSource.take(sourceOf(arrival))
  }

  /** Whose it is was proven by now: junk in somebody's name must not shut him out. */
  allowsPeer(peer: NodeId): boolean {
    return this.#perPeer.take(peer)
  }

  /** null: it may come in. It knows our link key; nothing else of it is known, and nothing was spent on it. */
  refuses(first: FirstMessage, body: Uint8Array, own: LinkKey, arrival: Arrival): DoorRefusal | null {
    const { carrier, tsession, source } = arrival
    const isAnswerable = tsession !== null && !isSlowCarrier(carrier)
    if (!carrier.transport.traits.sourceProven && isAnswerable && !this.#calm.take('')) {
      const nowMs = this.#clock.monotonic()
      const hasCookie = this.#jar.isMac2Of(source, macedBytes(body).mac2, first.mac2, nowMs)
      if (!hasCookie) return this.#askForCookie(first, own, arrival, nowMs)
    }
    const from = sourceOf(arrival)
    // Mail names no source: what came in one go are many people's.
    const isWithin = (source.byteLength === 0 || this.#perSource.take(from)) && this.#overall.take('')
    return isWithin ? null : 'handshake-flood'
  }

  #askForCookie(first: FirstMessage, own: LinkKey, { carrier, tsession, source }: Arrival, nowMs: number): DoorRefusal {
    const nonce = this.#random.bytes(COOKIE_NONCE_OCTETS)
    const cookie = this.#jar.cookieFor(source, nowMs)
    const sealedCookie = sealCookie({ linkPublicKey: own.publicKey, nonce, mac1: first.mac1, cookie })
    const body = cookieMessageCodec.encode({ receiverIndex: first.senderIndex, nonce, sealedCookie })
    carrier.transport.send(tsession!, clearMessage(MESSAGE_TYPE.COOKIE, body))
    return 'cookie-asked'
  }
}

function sourceOf({ carrier, source }: Arrival): string {
  return `${carrier.name} ${Buffer.from(source).toString('latin1')}`
}
