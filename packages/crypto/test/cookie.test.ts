import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, test, vi } from 'vitest'
import { COOKIE_SECRET_MS, CookieJar, mac, nodeAead, openCookie, sealCookie } from '../src/index.js'
import { hex } from './hex.js'

const here = hex('7f000001 0400')
const elsewhere = hex('7f000001 0401')
const covered = hex('00010203')

/** The n-th secret is 32 times n. Keeps what it gave: the jar must not. */
function source(): { readonly given: Uint8Array[]; bytes(count: number): Uint8Array } {
  const given: Uint8Array[] = []
  return {
    given,
    bytes(count) {
      given.push(new Uint8Array(count).fill(given.length + 1))
      return given.at(-1)!
    },
  }
}
const cookieOf = (secret: number, address = here): Uint8Array =>
  hmac(sha256, new Uint8Array(32).fill(secret), address).slice(0, 16)

describe('10/cookie', () => {
  test('a cookie is HMAC-SHA256 of the source, cut to 16 octets, under a secret of 2 minutes', () => {
    const jar = new CookieJar(source())
    expect(jar.cookieFor(here, 1_000)).toEqual(cookieOf(1))
    expect(jar.cookieFor(elsewhere, 1_000)).toEqual(cookieOf(1, elsewhere))
    expect(jar.cookieFor(here, 120_999)).toEqual(cookieOf(1))
    expect(jar.cookieFor(here, 121_000)).toEqual(cookieOf(2))
    expect(COOKIE_SECRET_MS).toBe(120_000)
  })

  test('the previous secret still counts, the one before it does not', () => {
    const jar = new CookieJar(source())
    expect(jar.cookies(here, 0)).toEqual([cookieOf(1)])
    expect(jar.cookies(here, 120_000)).toEqual([cookieOf(2), cookieOf(1)])
    expect(jar.cookies(here, 240_000)).toEqual([cookieOf(3), cookieOf(2)])
  })

  test('a cookie counts for less than 4 minutes, however seldom anybody asks', () => {
    const jar = new CookieJar(source())
    jar.cookieFor(here, 0)
    expect(jar.cookies(here, 239_999)).toEqual([cookieOf(2), cookieOf(1)])
    expect(jar.cookies(here, 240_000), 'due at 120 000, not at 239 999').toEqual([cookieOf(3), cookieOf(2)])
    expect(jar.cookies(here, 480_000), 'both are over').toEqual([cookieOf(4)])
    expect(jar.cookies(here, 599_999)).toEqual([cookieOf(4)])
  })

  test('a clock that goes back keeps the secret', () => {
    const jar = new CookieJar(source())
    jar.cookieFor(here, 500_000)
    expect(jar.cookies(here, 0)).toEqual([cookieOf(1)])
  })

  test('mac2 is verified against both cookies of its own source', () => {
    const jar = new CookieJar(source())
    const mac2 = mac(jar.cookieFor(here, 0), covered)
    expect(jar.isMac2Of(here, covered, mac2, 0)).toBe(true)
    expect(jar.isMac2Of(here, covered, mac2, 239_999)).toBe(true)
    expect(jar.isMac2Of(elsewhere, covered, mac2, 239_999)).toBe(false)
    expect(jar.isMac2Of(here, here, mac2, 239_999)).toBe(false)
    expect(jar.isMac2Of(here, covered, new Uint8Array(16), 239_999)).toBe(false)
    expect(jar.isMac2Of(here, covered, mac2, 240_000)).toBe(false)
  })

  test('a secret that counts no more is zeroed', () => {
    const jar = new CookieJar(source())
    for (const nowMs of [0, 120_000]) jar.cookieFor(here, nowMs)
    const fill = vi.spyOn(Uint8Array.prototype, 'fill')
    const zeroed = (): number => fill.mock.calls.filter(([octet]) => octet === 0).length
    jar.cookieFor(here, 240_000)
    expect(zeroed(), 'the previous one').toBe(1)
    jar.cookieFor(here, 900_000)
    expect(zeroed(), 'both').toBe(3)
    fill.mockRestore()
  })

  test('the secrets are copied, and those of the system differ', () => {
    const random = source()
    const jar = new CookieJar(random)
    jar.cookieFor(here, 0)
    random.given[0]!.fill(0)
    expect(jar.cookieFor(here, 0)).toEqual(cookieOf(1))
    expect(new CookieJar().cookieFor(here, 0)).not.toEqual(new CookieJar().cookieFor(here, 0))
  })
})

describe('10/sealed-cookie', () => {
  const context = {
    linkPublicKey: new Uint8Array(32).fill(1),
    nonce: new Uint8Array(12).fill(2),
    mac1: new Uint8Array(16).fill(3),
  }
  const cookie = new Uint8Array(16).fill(4)

  test('sealed under SHA-256 of label and link key, with mac1 as associated data', () => {
    const key = sha256(new Uint8Array([...Buffer.from('postern/1 cookie'), ...context.linkPublicKey]))
    const sealedCookie = sealCookie({ ...context, cookie })
    expect(sealedCookie).toEqual(nodeAead.seal(key, context.nonce, context.mac1, cookie))
    expect(openCookie({ ...context, sealedCookie })).toEqual(cookie)
  })

  test('another link key, nonce, mac1, bit or length is null', () => {
    const sealedCookie = sealCookie({ ...context, cookie })
    for (const change of [
      { linkPublicKey: cookie },
      { nonce: new Uint8Array(12) },
      { nonce: new Uint8Array(11) },
      { mac1: cookie },
    ])
      expect(openCookie({ ...context, sealedCookie, ...change })).toBeNull()
    for (let size = 0; size < 32; size++)
      expect(openCookie({ ...context, sealedCookie: sealedCookie.subarray(0, size) })).toBeNull()
    expect(openCookie({ ...context, sealedCookie: new Uint8Array([...sealedCookie, 0]) })).toBeNull()
    const longer = nodeAead.seal(
      sha256(new Uint8Array([...Buffer.from('postern/1 cookie'), ...context.linkPublicKey])),
      ...([context.nonce, context.mac1, new Uint8Array(17)] as const),
    )
    expect(openCookie({ ...context, sealedCookie: longer }), 'genuine, but no cookie').toBeNull()
  })

  test('a cookie or nonce of another length is a RangeError', () => {
    expect(() => sealCookie({ ...context, cookie: context.nonce })).toThrow(
      new RangeError('a cookie of 12 octets, not 16'),
    )
    expect(() => sealCookie({ ...context, cookie, nonce: cookie })).toThrow(
      new RangeError('a nonce of 16 octets, not 12'),
    )
  })
})
