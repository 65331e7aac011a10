/**
 * Cookies: what a responder under load asks for before it agrees on anything with a source nobody has proven. Remembers no
 * source: a cookie is computed again when it comes back. Has no clock of its own.
 * PROTOCOL.md section 10.
 */
import { AEAD_NONCE_OCTETS, AEAD_TAG_OCTETS, nodeAead } from './aead.js'
import { MAC_OCTETS, mac, macEquals } from './handshake-mac.js'
import { type OctetSource, systemOctets } from './octet-source.js'
import { SHA256_OCTETS, sha256 } from './sha256.js'

/** A secret is used for new cookies this long, and counts for as long again. */
export const COOKIE_SECRET_MS = 120_000

/** Length of a cookie, PROTOCOL.md section 10. */
export const COOKIE_OCTETS: number = MAC_OCTETS

/** Length of a cookie on its way. */
export const SEALED_COOKIE_OCTETS: number = COOKIE_OCTETS + AEAD_TAG_OCTETS

const LABEL = new TextEncoder().encode('postern/1 cookie')

/** The secrets behind the cookies of one node. `nowMs` is monotonic; going back it only keeps a secret for longer. */
export class CookieJar {
  readonly #random: OctetSource
  #secret: { readonly key: Uint8Array; readonly sinceMs: number } | null = null
  #previous: Uint8Array | null = null

  /** `random`: where secrets come from, the system's source by default. What it gives is copied. */
  constructor(random: OctetSource = systemOctets) {
    this.#random = random
  }

  /** The cookie of `source` (borrowed), 16 octets, a new array. */
  cookieFor(source: Uint8Array, nowMs: number): Uint8Array {
    return mac(this.#keys(nowMs).key, source)
  }

  /** The cookies of `source` (borrowed) that count now: one or two, new arrays. */
  cookies(source: Uint8Array, nowMs: number): readonly Uint8Array[] {
    const { key } = this.#keys(nowMs)
    const keys = this.#previous === null ? [key] : [key, this.#previous]
    return keys.map((secret) => mac(secret, source))
  }

  /** Is `mac2` made of `covered`, all octets before it, with a cookie of `source` that counts now? All borrowed. */
  isMac2Of(source: Uint8Array, covered: Uint8Array, mac2: Uint8Array, nowMs: number): boolean {
    return this.cookies(source, nowMs).some((cookie) => macEquals(mac(cookie, covered), mac2))
  }

  #keys(nowMs: number): { readonly key: Uint8Array } {
    const secret = this.#secret
    const ageMs = secret === null ? Number.POSITIVE_INFINITY : nowMs - secret.sinceMs
    if (secret !== null && ageMs < COOKIE_SECRET_MS) return secret
    this.#previous?.fill(0)
    const isPreviousToCount = secret !== null && ageMs < 2 * COOKIE_SECRET_MS
    if (!isPreviousToCount) secret?.key.fill(0)
    this.#previous = isPreviousToCount ? secret.key : null
    // The previous one counts until 2 minutes after its own were over, however late somebody asked.
    const sinceMs = isPreviousToCount ? secret.sinceMs + COOKIE_SECRET_MS : nowMs
    this.#secret = { key: new Uint8Array(this.#random.bytes(SHA256_OCTETS)), sinceMs }
    return this.#secret
  }
}

/** What both ends of a cookie's way know. All borrowed. */
export interface CookieContext {
  /** Of the responder. */
  readonly linkPublicKey: Uint8Array
  /** 12 octets, random. */
  readonly nonce: Uint8Array
  /** Of the first message that is answered by the cookie. */
  readonly mac1: Uint8Array
}

/** A cookie (16 octets) for the sender of a first message: 32 octets, a new array. RangeError for other lengths. */
export function sealCookie(context: CookieContext & { readonly cookie: Uint8Array }): Uint8Array {
  if (context.cookie.byteLength !== COOKIE_OCTETS)
    throw new RangeError(`a cookie of ${context.cookie.byteLength} octets, not ${COOKIE_OCTETS}`)
  if (context.nonce.byteLength !== AEAD_NONCE_OCTETS)
    throw new RangeError(`a nonce of ${context.nonce.byteLength} octets, not ${AEAD_NONCE_OCTETS}`)
  return nodeAead.seal(cookieKey(context), context.nonce, context.mac1, context.cookie)
}

/** The cookie, 16 octets, a new array. Null for what the holder of this link key did not seal for this first message. */
export function openCookie(context: CookieContext & { readonly sealedCookie: Uint8Array }): Uint8Array | null {
  const isShaped =
    context.sealedCookie.byteLength === SEALED_COOKIE_OCTETS && context.nonce.byteLength === AEAD_NONCE_OCTETS
  return isShaped ? nodeAead.open(cookieKey(context), context.nonce, context.mac1, context.sealedCookie) : null
}

function cookieKey({ linkPublicKey }: CookieContext): Uint8Array {
  return sha256(LABEL, linkPublicKey)
}
