/**
 * The octets of one mail, up to a hard limit. Beyond it nothing is kept, the rest is read and forgotten, so that the client
 * hears a reply instead of a broken connection. RFC 5321 section 4.1.1.4; line ends as line-ends.ts wants them.
 */
import type { Readable } from 'node:stream'
import { lineEndFault } from '../mail/line-ends.js'

export type CollectFault = 'too-large' | 'nul' | 'bare-newline'

export type Collected =
  | { readonly at: 'mail'; readonly mail: Buffer }
  | { readonly at: 'refused'; readonly fault: CollectFault }
  /** The client went away. */
  | { readonly at: 'broken-off' }

const FIRST_ROOM_OCTETS = 16_384
/** A room that is filled less is given up for a copy. */
const WORTH_KEEPING_SHARE = 0.75
const NOTHING = Buffer.alloc(0)

/** Settles when the stream has ended. Never rejects. Keeps at most `limitOctets`, in one piece, whatever pieces arrive. */
export function collectMail(stream: Readable, limitOctets: number): Promise<Collected> {
  return new Promise((resolve) => {
    const collector = new MailCollector(limitOctets)
    stream.on('data', (chunk: Buffer) => collector.push(chunk))
    stream.once('end', () => resolve(collector.finish()))
    // An error listener, or smtp-server would say nothing; 'close' after 'end' finds the promise settled.
    stream.once('error', () => resolve({ at: 'broken-off' }))
    stream.once('close', () => resolve({ at: 'broken-off' }))
  })
}

export class MailCollector {
  readonly #limitOctets: number
  #room: Buffer = NOTHING
  #used = 0
  #isTooLarge = false

  constructor(limitOctets: number) {
    this.#limitOctets = limitOctets
  }

  /** `chunk` is borrowed. */
  push(chunk: Buffer): void {
    if (this.#isTooLarge) return
    const needed = this.#used + chunk.length
    if (needed > this.#limitOctets) {
      this.#isTooLarge = true
      this.#room = NOTHING
      return
    }
    if (needed > this.#room.length) this.#enlarge(needed)
    chunk.copy(this.#room, this.#used)
    this.#used = needed
  }

  finish(): Collected {
    if (this.#isTooLarge) return { at: 'refused', fault: 'too-large' }
    const mail = this.#room.subarray(0, this.#used)
    const fault = lineEndFault(mail, 'crlf')
    if (fault !== null) return { at: 'refused', fault }
    // Whoever keeps the mail accounts for its octets, not for the room around it.
    const isRoomy = this.#used < this.#room.length * WORTH_KEEPING_SHARE
    return { at: 'mail', mail: isRoomy ? exactCopy(mail) : mail }
  }

  #enlarge(needed: number): void {
    const octets = Math.min(this.#limitOctets, Math.max(needed, 2 * this.#room.length, FIRST_ROOM_OCTETS))
    const larger = Buffer.allocUnsafeSlow(octets)
    this.#room.copy(larger, 0, 0, this.#used)
    this.#room = larger
  }
}

/** Outside of the pool that small buffers share. */
function exactCopy(mail: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(mail.length)
  mail.copy(copy)
  return copy
}
