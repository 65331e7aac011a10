/** What a peer is told of our addresses inside a link: those that a handshake had no room for, and what changed (DESIGN section 4). */
import { type Helo, heloCodec, MAX_HELOS_IN_HANDSHAKE, MESSAGE_TYPE } from '@postern/helo'
import { addressKey } from '../peers/address-key.js'
import type { PeerLink } from './link.js'
import type { LinkContext } from './link-context.js'

/** A path that we moved away from takes less to be given up, a mail to arrive. */
const TELL_AGAIN_MS = 10 * 60_000
/** Two addresses of each of four transports, and those that are gone. */
const MOST_NEWS = 16

export class Announcements {
  readonly #context: LinkContext
  readonly #link: PeerLink
  /** What changed lately. */
  #news: { readonly helos: readonly Helo[]; readonly untilMs: number } | null = null

  constructor(context: LinkContext, link: PeerLink) {
    this.#context = context
    this.#link = link
  }

  /** Our addresses are others now. Told at once, and again by the next path: the one of now may be what was moved away from. */
  tell(helos: readonly Helo[]): void {
    if (helos.length === 0) return // a transport among several that moved said so for all of them
    const now = this.#context.clock.monotonic()
    const before = this.#news === null || now > this.#news.untilMs ? [] : this.#news.helos
    const isOver = (one: Helo): boolean => helos.some((helo) => addressKey(helo) === addressKey(one))
    const all = [...before.filter((one) => !isOver(one)), ...helos].slice(-MOST_NEWS)
    this.#news = { helos: all, untilMs: now + TELL_AGAIN_MS }
    if (this.#link.isUp) this.tellAgain()
  }

  /** Data leaves by another path. */
  tellAgain(): void {
    if (this.#news === null) return
    if (this.#context.clock.monotonic() > this.#news.untilMs) this.#news = null
    else this.#send(this.#news.helos)
  }

  /** The link came up: the peer has those of the handshake. */
  tellRest(): void {
    this.#send(this.#context.ownHelos().slice(MAX_HELOS_IN_HANDSHAKE))
  }

  #send(helos: readonly Helo[]): void {
    for (const helo of helos) this.#link.outbound.control(MESSAGE_TYPE.HELO, heloCodec.encode(helo))
  }
}
