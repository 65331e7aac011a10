/**
 * Streams where packets get lost: what did not arrive is sent again, after 200 ms and then after twice as long each time, and what
 * comes behind it waits. When nothing arrives for STREAM_GIVE_UP_MS the stream is over. Knows order and time, and no network.
 */
import type { Clock, Timer } from '@postern/transport-api'
import type { SimPacket } from './sim-packet.js'

/** As TCP's smallest usual one. */
const FIRST_RETRY_MS = 200
/** Both ends learn that a stream broke when for so long nothing arrived of what one of them sent. */
export const STREAM_GIVE_UP_MS = 60_000

/** One packet of a stream, with its place in it. */
export interface StreamPacket {
  readonly packet: SimPacket
  readonly stream: Stream
  readonly number: number
}

export interface StreamCarrier {
  /** False: it got nowhere, for now. True: `arrived`, `failed` or neither, when the stream is over, will be told. */
  launch(one: StreamPacket): boolean
  clockOf(from: string): Clock
  /** It is not under way any more, because its stream is over. */
  discarded(packet: SimPacket): void
  /** The listener `at` knows the other end of the stream as `remote`. */
  broken(at: string, remote: string, connection: number): void
}

/** One direction of a connection. */
interface Stream {
  readonly key: string
  readonly from: string
  readonly to: string
  readonly connection: number
  isOver: boolean
  /** Sorted by number. */
  waiting: StreamPacket[]
  nextNumber: number
  /** Since when nothing has arrived, by the sender's clock; null: all is well. */
  stalledSinceMs: number | null
  tries: number
  /** Sent again, and under way: when it arrives all is well. */
  probe: number | null
  timer: Timer | null
  /** Who listens at the other end, and how it names this one; null: nothing has arrived yet. */
  farEnd: { readonly at: string; readonly remote: string } | null
}

export class SimStreams {
  readonly #carrier: StreamCarrier
  readonly #streams = new Map<string, Stream>()

  constructor(carrier: StreamCarrier) {
    this.#carrier = carrier
  }

  send(packet: SimPacket): void {
    const { from, to, connection } = packet
    if (packet.part === 'first') this.#end(this.#streams.get(keyOf(from, to, connection))) // of a former life of that machine
    const stream = this.#stream(from, to, connection)
    const one = { packet, stream, number: stream.nextNumber }
    stream.nextNumber += 1
    if (stream.stalledSinceMs !== null) stream.waiting.push(one)
    else if (!this.#carrier.launch(one)) this.failed(one)
  }

  /** May it be handed over now? False: the stream is over, or something before it is missing, and it waits again. */
  mayArrive(one: StreamPacket): boolean {
    const { stream, number } = one
    if (stream.isOver) {
      this.#carrier.discarded(one.packet)
      return false
    }
    const missing = stream.probe ?? stream.waiting[0]?.number ?? number
    if (number <= missing) return true
    this.#wait(one)
    return false
  }

  /** It was handed to the listener `at`, as coming from `remote`. */
  arrived({ packet, stream, number }: StreamPacket, at: string, remote: string): void {
    if (stream.farEnd === null) {
      stream.farEnd = { at, remote }
      this.#stream(at, remote, stream.connection ^ 1).farEnd ??= { at: stream.from, remote: stream.to }
    }
    if (packet.part === 'last') return this.#endBoth(stream)
    if (stream.probe !== number) return
    stream.stalledSinceMs = null
    stream.tries = 0
    stream.probe = null
    while (stream.waiting.length > 0 && stream.stalledSinceMs === null) {
      const next = stream.waiting.shift()!
      if (!this.#carrier.launch(next)) this.failed(next)
    }
  }

  /** It did not arrive. */
  failed(one: StreamPacket): void {
    const { stream } = one
    if (stream.isOver) return this.#carrier.discarded(one.packet)
    this.#wait(one)
    stream.stalledSinceMs ??= this.#clock(stream).monotonic()
    if (stream.probe === one.number) stream.probe = null
    if (stream.probe === null) this.#retryLater(stream)
  }

  /** The machine is there, and nobody listens: the sender is told at once. What is under way is lost. */
  refused({ stream }: StreamPacket): void {
    const { from, to, connection } = stream
    this.#endBoth(stream)
    this.#carrier.broken(from, to, connection)
  }

  #wait(one: StreamPacket): void {
    const { waiting } = one.stream
    let at = waiting.length
    while (at > 0 && waiting[at - 1]!.number > one.number) at -= 1
    waiting.splice(at, 0, one)
  }

  #retryLater(stream: Stream): void {
    if (stream.timer !== null) return
    const clock = this.#clock(stream)
    const leftMs = stream.stalledSinceMs! + STREAM_GIVE_UP_MS - clock.monotonic()
    const waitMs = FIRST_RETRY_MS * 2 ** stream.tries
    const [act, afterMs] = waitMs < leftMs ? [() => this.#retry(stream), waitMs] : [() => this.#giveUp(stream), leftMs]
    stream.timer = clock.setTimer(() => {
      stream.timer = null
      act()
    }, afterMs)
  }

  #retry(stream: Stream): void {
    stream.tries += 1
    const first = stream.waiting.shift()!
    stream.probe = first.number
    if (!this.#carrier.launch(first)) this.failed(first)
  }

  #giveUp(stream: Stream): void {
    const { from, to, connection, farEnd } = stream
    this.#endBoth(stream)
    this.#carrier.broken(from, to, connection)
    if (farEnd !== null) this.#carrier.broken(farEnd.at, farEnd.remote, connection ^ 1)
  }

  #endBoth(stream: Stream): void {
    this.#end(stream)
    const { farEnd, connection } = stream
    if (farEnd !== null) this.#end(this.#streams.get(keyOf(farEnd.at, farEnd.remote, connection ^ 1)))
  }

  #end(stream: Stream | undefined): void {
    if (stream === undefined) return
    this.#streams.delete(stream.key)
    stream.isOver = true
    stream.timer?.[Symbol.dispose]()
    for (const { packet } of stream.waiting) this.#carrier.discarded(packet)
    stream.waiting = []
  }

  #stream(from: string, to: string, connection: number): Stream {
    const key = keyOf(from, to, connection)
    let stream = this.#streams.get(key)
    if (stream === undefined) {
      const fresh = { isOver: false, waiting: [], nextNumber: 0, stalledSinceMs: null, tries: 0 }
      stream = { key, from, to, connection, ...fresh, probe: null, timer: null, farEnd: null }
      this.#streams.set(key, stream)
    }
    return stream
  }

  #clock({ from }: Stream): Clock {
    return this.#carrier.clockOf(from)
  }
}

function keyOf(from: string, to: string, connection: number): string {
  return `${from}>${to}#${connection}`
}
