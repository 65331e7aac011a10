/** What a simulated network carries, as it is sent, and who gets it. */
import type { SimStyle } from './sim-style.js'

export interface SimSendOptions {
  /** As of a stream: never lost, repeated or overtaken by another one that is in order. */
  readonly inOrder: boolean
  /** What carries it, for a world to know; when left out that of a stream where it is in order, else that of datagrams. */
  readonly style?: SimStyle
  /** Of a stream: which one of those between two addresses. That of the other direction differs in the last bit. */
  readonly connection?: number
  /** Of a stream: it opens a way (`first`) through what stands between, or nothing comes after it (`last`). */
  readonly part?: 'first' | 'last'
}

export interface SimListener {
  /** `bytes` is the listener's own. */
  deliver(from: string, bytes: Uint8Array, how: SimDelivery): void
  /** The path to and from `remote` broke, or only that one `connection`, as we number it; what was under way is lost. */
  broken?(remote: string, connection?: number): void
  /** Its address is another one from now on. */
  moved?(address: string): void
}

export interface SimDelivery {
  /** A mail that came through a mailing list. */
  readonly throughList: boolean
}

/** What is on its way. */
export interface SimPacket {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
  readonly inOrder: boolean
  readonly style: SimStyle
  readonly connection: number
  readonly part: 'first' | 'last' | null
  /** Its direction: what has the same lane is in one order. */
  readonly lane: string
}

export function simPacket(from: string, to: string, bytes: Uint8Array, options: SimSendOptions): SimPacket {
  const { inOrder, style = inOrder ? 'stream' : 'datagram', connection = 0, part = null } = options
  return { from, to, bytes, inOrder, style, connection, part, lane: laneOf(from, to) }
}

export function laneOf(from: string, to: string): string {
  return `${from}>${to}`
}

export const DIRECT: SimDelivery = { throughList: false }
