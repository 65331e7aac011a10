/**
 * HELOs as text for mail, chat and QR codes: a scheme and base64url, white space skipped.
 * Never judges clocks or signatures: run checkHelo on what comes out. DESIGN section 3, PROTOCOL.md section 4.
 */
import { type Helo, heloCodec } from './helo.js'
import { MAX_HELO_TEXT_CHARACTERS } from './limits.js'
import { fromBase64url, toBase64url } from './wire/base64url.js'
import type { WireFault } from './wire/decoded.js'

/** Every fault a text form has besides those of its bytes; a test reaches each one. */
export const TEXT_FAULTS = [
  'not-a-helo',
  'not-a-card',
  'bad-base64',
  'too-long',
  'bad-count',
  'mixed-identities',
] as const

export type TextFault = (typeof TEXT_FAULTS)[number]

/** What a decoder says of text. There is no offset: people do not count characters. */
export type DecodedText<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: TextFault | WireFault }

/** The text forms there are. */
export const SCHEME = { HELO: 'postern:helo:', CARD: 'postern:card:' } as const

const WHITE_SPACE = /[ \t\r\n]/g

/** `postern:helo:…` on one line. RangeError: `helo` is not encodable. */
export function heloToText(helo: Helo): string {
  return SCHEME.HELO + toBase64url(heloCodec.encode(helo))
}

/** One HELO from text a person pasted. Never throws. */
export function heloFromText(text: string): DecodedText<Helo> {
  if (text.length > MAX_HELO_TEXT_CHARACTERS) return { ok: false, fault: 'too-long' }
  const payload = withoutScheme(text, SCHEME.HELO)
  if (payload === null) return { ok: false, fault: 'not-a-helo' }
  const bytes = fromBase64url(payload)
  if (bytes === null) return { ok: false, fault: 'bad-base64' }
  const decoded = heloCodec.decode(bytes)
  if (!decoded.ok) return { ok: false, fault: decoded.fault }
  if (decoded.bytesRead < bytes.byteLength) return { ok: false, fault: 'trailing' }
  return { ok: true, value: decoded.value }
}

/** What follows `scheme`, without white space; null when `text` starts otherwise. Case matters only after it. */
export function withoutScheme(text: string, scheme: string): string | null {
  const dense = text.replace(WHITE_SPACE, '')
  return dense.slice(0, scheme.length).toLowerCase() === scheme ? dense.slice(scheme.length) : null
}
