/** Men on the path: what they see, and what they may do to it. */
import type { SimStyle } from '../sim-style.js'

/** Between the sender, or the box before it, and whatever the lane does to it. A stream's is seen again when it is sent again. */
export interface TappedPacket {
  /** As the other side will see it: behind a box, an address of the box. */
  readonly from: string
  readonly to: string
  readonly style: SimStyle
  /** Borrowed: they are copied before they are changed or kept. What the transport adds to the message is among them. */
  readonly bytes: Uint8Array
  readonly sentAtMs: number
  /** The machines at both ends, by name, as far as the world knows them. */
  readonly fromHost: string | null
  readonly toHost: string | null
}

export type TapVerdict = 'pass' | 'drop' | { readonly delayMs?: number; readonly bytes?: Uint8Array }

export type TapHandler = (packet: TappedPacket) => TapVerdict

/** Asked one after the other; each sees what those before it left. */
export class Taps {
  readonly #nowMs: () => number
  readonly #handlers = new Set<{ readonly handle: TapHandler }>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  get isEmpty(): boolean {
    return this.#handlers.size === 0
  }

  add(handle: TapHandler): Disposable {
    const handler = { handle }
    this.#handlers.add(handler)
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) }
  }

  ask(packet: Omit<TappedPacket, 'sentAtMs'>): 'drop' | { readonly bytes: Uint8Array; readonly lateMs: number } {
    const sentAtMs = this.#nowMs()
    let { bytes } = packet
    let lateMs = 0
    for (const { handle } of this.#handlers) {
      const verdict = handle({ ...packet, bytes, sentAtMs })
      if (verdict === 'drop') return 'drop'
      if (verdict === 'pass') continue
      bytes = verdict.bytes?.slice() ?? bytes
      lateMs += verdict.delayMs ?? 0
    }
    return { bytes, lateMs }
  }
}
