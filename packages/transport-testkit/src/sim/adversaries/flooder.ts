/**
 * Sends one address so many packets at a steady rate, from as many senders as it likes to name. Its victims must look at each, and
 * must neither remember nor answer more than their limits say. Bounded: it ends by itself.
 */
import type { SimStyle } from '../sim-style.js'
import type { SimWorld } from '../world/sim-world.js'

export interface FlooderOptions {
  readonly to: string
  readonly count: number
  /** Between two packets; 0: all at once. */
  readonly everyMs?: number
  /** Whom the packet with this number, from 0 on, seems to come from; one stranger when left out. */
  readonly from?: (number: number) => string
  /** What it carries; 100 octets by chance when left out. */
  readonly bytes?: (number: number) => Uint8Array
  readonly style?: SimStyle
}

export interface Flooder extends Disposable {
  readonly sent: number
}

const OCTETS = 100

/** Sends at once, and then as time passes, until it is disposed of or has sent all. */
export function flooder(
  world: SimWorld,
  { to, count, everyMs = 1, from = () => 'stranger', bytes, style = 'datagram' }: FlooderOptions,
): Flooder {
  const random = world.random.fork()
  let sent = 0
  const send = (): void => {
    world.inject(from(sent), to, bytes?.(sent) ?? random.bytes(OCTETS), { style })
    sent += 1
  }
  const timer = world.clock.setTimer(() => {
    do send()
    while (everyMs === 0 && sent < count)
    if (sent < count) timer.reset(everyMs)
  }, 0)
  return {
    get sent() {
      return sent
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  }
}
