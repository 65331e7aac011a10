/** A message of which parts have come: where they are, and whether they agree. Never larger than its first part said. */
import type { Fragment, MessageType } from '@postern/helo'

/**
 * Room is made a page at a time, where parts come: or a fragment of 15 octets would cost us 64 KiB each time (measured: 100 000
 * of them took seven times as long).
 */
const PAGE_BITS = 12
const PAGE_OCTETS = 1 << PAGE_BITS

interface Page {
  readonly octets: Uint8Array
  /**
   * KNOWN where an octet has come. Not a bit for each, nor a list of ranges: what is all new is seen and copied in one go
   * (measured: 64 KiB in 0.2 ms instead of 0.9), and no way to cut a message makes it costly.
   */
  readonly known: Uint8Array
}

const KNOWN = 1

export class PartialMessage {
  readonly type: MessageType
  readonly total: number
  /** `clock.monotonic()` of the last part that brought something new; its owner's. */
  touchedMs = 0
  readonly #pages: (Page | undefined)[] = []
  #missing: number

  constructor({ type, total }: Fragment) {
    this.type = type
    this.total = total
    this.#missing = total
  }

  get isComplete(): boolean {
    return this.#missing === 0
  }

  /** Takes a part, which is borrowed. `inconsistent`: it is of another message, or says otherwise than an earlier one. */
  add({ type, total, at, part }: Fragment): 'new' | 'repeated' | 'inconsistent' {
    if (type !== this.type || total !== this.total) return 'inconsistent'
    const before = this.#missing
    for (let done = 0; done < part.byteLength; ) {
      const place = (at + done) % PAGE_OCTETS
      const piece = part.subarray(done, done + PAGE_OCTETS - place)
      const news = addToPage(this.#pageAt(at + done), place, piece)
      if (news === 'inconsistent') return news
      this.#missing -= news
      done += piece.byteLength
    }
    return this.#missing < before ? 'new' : 'repeated'
  }

  /** When it is complete: its body, in a new array. */
  join(): Uint8Array {
    const body = new Uint8Array(this.total)
    for (const [index, page] of this.#pages.entries()) if (page !== undefined) body.set(page.octets, index << PAGE_BITS)
    return body
  }

  #pageAt(place: number): Page {
    const index = place >> PAGE_BITS
    const page = this.#pages[index] ?? pageOf(Math.min(PAGE_OCTETS, this.total - (index << PAGE_BITS)))
    this.#pages[index] = page
    return page
  }
}

function pageOf(size: number): Page {
  const room = new Uint8Array(2 * size)
  return { octets: room.subarray(0, size), known: room.subarray(size) }
}

/** How many octets of `piece` are new. */
function addToPage({ octets, known }: Page, at: number, piece: Uint8Array): number | 'inconsistent' {
  const end = at + piece.byteLength
  const next = known.indexOf(KNOWN, at)
  if (next < 0 || next >= end) {
    octets.set(piece, at)
    known.fill(KNOWN, at, end)
    return piece.byteLength
  }
  let news = 0
  for (let place = at; place < end; place++) {
    const octet = piece[place - at]!
    if (known[place] !== KNOWN) {
      known[place] = KNOWN
      octets[place] = octet
      news += 1
    } else if (octets[place] !== octet) {
      return 'inconsistent'
    }
  }
  return news
}
