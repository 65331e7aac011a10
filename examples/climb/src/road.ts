/** The fast ways into one node: a fault proxy for UDP and one for TCP, each with a weather of its own. Mail takes no road. */
import { formatInetAddress, systemClock } from '@postern/transport-api'
import {
  openTcpProxy,
  openUdpProxy,
  type SeededRandom,
  type TcpFaults,
  type TcpLaneFaults,
  type TcpProxy,
  type UdpFaults,
  type UdpLaneFaults,
  type UdpProxy,
} from '@postern/transport-testkit'

export const FAST_WAYS = ['udp', 'tcp'] as const
export type FastWay = (typeof FAST_WAYS)[number]

/**
 * - `cut`: nothing passes; TCP connections are reset and new ones refused, so that both ends notice;
 * - `silent`: nothing passes, and nobody is told;
 * - `lossy`: a datagram in ten is lost, and streams are as `slow`, for that is what loss does to them;
 * - `slow`: a quarter of a second each way;
 * - `messy`: datagrams are damaged, doubled and overtaken, which streams show as a short wait.
 */
export type Weather = 'clear' | 'cut' | 'silent' | 'lossy' | 'slow' | 'messy'

const UDP: Readonly<Record<Weather, UdpLaneFaults>> = {
  clear: {},
  cut: { lossChance: 1 },
  silent: { lossChance: 1 },
  lossy: { lossChance: 0.1 },
  slow: { delayMs: 250, jitterMs: 50 },
  messy: { corruptChance: 0.02, duplicateChance: 0.1, reorderChance: 0.1, reorderHoldMs: 50, jitterMs: 20 },
}
const TCP: Readonly<Record<Weather, TcpLaneFaults>> = {
  clear: {},
  cut: { resetAfterOctets: 0 },
  silent: { isStalled: true },
  lossy: { delayMs: 250 },
  slow: { delayMs: 250 },
  messy: { delayMs: 50 },
}

export interface RoadOptions {
  /** The node behind it: an IP literal, and the port of both its sockets. */
  readonly target: { readonly host: string; readonly port: number }
  readonly random: SeededRandom
  /** Where travellers come to; 127.0.0.1 when left out. */
  readonly host?: string
  /** Where they seem to come from; the system's choice when left out. */
  readonly from?: string
}

export class Road implements AsyncDisposable {
  readonly #udp: UdpProxy
  readonly #tcp: TcpProxy
  readonly #weather: Record<FastWay, Weather> = { udp: 'clear', tcp: 'clear' }

  private constructor(udp: UdpProxy, tcp: TcpProxy) {
    this.#udp = udp
    this.#tcp = tcp
  }

  static async open({ target, random, host, from }: RoadOptions): Promise<Road> {
    const common = { target, clock: systemClock, ...(host && { host }), ...(from && { upstreamHost: from }) }
    const udp = await openUdpProxy({ ...common, random })
    return new Road(udp, await openTcpProxy(common))
  }

  /** For `advertise`. */
  addressOf(way: FastWay): string {
    return formatInetAddress((way === 'udp' ? this.#udp : this.#tcp).address)
  }

  weatherOf(way: FastWay): Weather {
    return this.#weather[way]
  }

  /** From now on. Rejects when another program has taken the port of a way that was cut. */
  async change(way: FastWay, weather: Weather): Promise<void> {
    this.#weather[way] = weather
    if (way === 'udp') return this.#udp.setFaults(bothWays<UdpLaneFaults, UdpFaults>(UDP[weather]))
    this.#tcp.setFaults(bothWays<TcpLaneFaults, TcpFaults>(TCP[weather]))
    if (weather === 'cut') this.#tcp.refuse()
    else await this.#tcp.admit()
  }

  /** Datagrams that vanished on it, both ways. */
  get lostDatagrams(): number {
    const { toTarget, toClient } = this.#udp.counters()
    return toTarget.lost + toClient.lost
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp.close(), this.#tcp.close()])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function bothWays<Lane, Faults extends { readonly toTarget?: Lane; readonly toClient?: Lane }>(lane: Lane): Faults {
  return { toTarget: lane, toClient: lane } as Faults
}
