/** A recording core that also notices when it is called, what it was given then, and from inside which call it happened. */
import type { Clock, Message, MessagePack, TransportEvent } from '@postern/transport-api'
import { RecordingCore } from '../recording-core.js'
import type { NodeKeys } from './node-keys.js'

export class WatchfulCore extends RecordingCore {
  override readonly version: number
  /** Times of `received`, ms of the monotonic clock. */
  readonly receivedAtMs: number[] = []
  /** The messages of `received` as they were then. */
  readonly arrived: Message[] = []
  /** `receive inside send`, for every time. */
  readonly reentered: string[] = []
  readonly #clock: Clock
  readonly #inside: string[]

  /** `inside` is shared by the cores of a trial: they live in one process, so that a call into any is a call into all. */
  constructor(
    { identity, linkKey }: NodeKeys,
    options: { readonly clock: Clock; readonly version: number; readonly inside: string[] },
  ) {
    super(identity, linkKey)
    this.version = options.version
    this.#clock = options.clock
    this.#inside = options.inside
  }

  /** Calls `call` of the transport, and remembers meanwhile that it runs: until it returns, not until its promise settles. */
  during<T>(member: string, call: () => T): T {
    this.#inside.push(member)
    try {
      return call()
    } finally {
      this.#inside.pop()
    }
  }

  override receive(mp: MessagePack): void {
    this.#note('receive')
    this.receivedAtMs.push(this.#clock.monotonic())
    this.arrived.push(snapshot(mp))
    super.receive(mp)
  }

  override event(e: TransportEvent): void {
    this.#note('event')
    super.event(e)
  }

  #note(member: string): void {
    const inside = this.#inside.at(-1)
    if (inside !== undefined) this.reentered.push(`${member} inside ${inside}`)
  }
}

function snapshot({ msg, size, isEncrypted, crc }: Message): Message {
  return { msg: new Uint8Array(msg), size, isEncrypted, crc }
}
