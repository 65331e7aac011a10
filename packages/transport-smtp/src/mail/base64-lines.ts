/**
 * base64 as mail carries it, in lines of 76 characters, and read strictly: whatever the lines, one sequence of octets has exactly
 * one sequence of characters. Never skips anything. RFC 2045 section 6.8, RFC 4648 section 3.5.
 */
import { BASE64_LINE_CHARACTERS } from '../constants.js'
import { LF, LINE_END, type Newline } from './line-ends.js'

const LINE_OCTETS = (BASE64_LINE_CHARACTERS / 4) * 3
const WIRE_LINE_OCTETS: number = BASE64_LINE_CHARACTERS + LINE_END.crlf.length

/** Octets of the lines, each with its CRLF, that `octets` octets become. */
export function base64LinesOctets(octets: number): number {
  const characters = Math.ceil(octets / 3) * 4
  return characters + Math.ceil(characters / BASE64_LINE_CHARACTERS) * LINE_END.crlf.length
}

/** The most octets whose lines fit into `linesOctets` octets: the inverse of base64LinesOctets, rounded down. */
export function octetsInBase64Lines(linesOctets: number): number {
  const full = Math.floor(linesOctets / WIRE_LINE_OCTETS)
  const left = Math.max(linesOctets - full * WIRE_LINE_OCTETS - LINE_END.crlf.length, 0)
  return full * LINE_OCTETS + Math.floor(left / 4) * 3
}

/** Writes the lines of `bytes` (borrowed) from `at` on; gives the offset behind them. `target` has the room. */
export function writeBase64Lines(target: Buffer, at: number, bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  let end = at
  for (let from = 0; from < text.length; from += BASE64_LINE_CHARACTERS) {
    end += target.write(text.slice(from, from + BASE64_LINE_CHARACTERS) + LINE_END.crlf, end, 'latin1')
  }
  return end
}

/**
 * The octets of a body (borrowed) without lineEndFault, in a new Buffer of its own memory, not of Node's shared pool. Lines may be
 * shorter than 76 and empty ones may follow. Null: anything else, spare bits that are set and wrong padding included.
 */
export function readBase64Lines(body: Buffer, newline: Newline): Buffer | null {
  const text = joinLines(body, newline)
  if (text === null || text.length % 4 !== 0) return null
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = Buffer.alloc((text.length / 4) * 3 - padding)
  bytes.write(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null // Node skips what it cannot read, so only canonical text survives
}

function joinLines(body: Buffer, newline: Newline): string | null {
  const joined = Buffer.alloc(body.byteLength)
  let length = 0
  let isOver = false
  for (let at = 0; at < body.byteLength; ) {
    const lf = body.indexOf(LF, at)
    const end = lf === -1 ? body.byteLength : lf + 1 - LINE_END[newline].length
    if (end - at > BASE64_LINE_CHARACTERS) return null
    if (end > at && isOver) return null // a footer that somebody added
    if (end === at) isOver = true
    length += body.copy(joined, length, at, end)
    at = lf === -1 ? end : lf + 1
  }
  return joined.toString('latin1', 0, length)
}
