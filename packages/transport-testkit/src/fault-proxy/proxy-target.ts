/** Where a fault proxy leads, and the loopback address on which it listens: of the same family. */
import { type InetAddress, parseInetAddress } from '@postern/transport-api'

export interface ProxyTarget {
  /** An IP literal, not a name. */
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
}

/** As the operating system writes it, so that it can be compared with where something came from. RangeError: not an IP endpoint. */
export function readTarget({ host, port }: ProxyTarget): InetAddress {
  const parsed = parseInetAddress(host)
  if (parsed === null || parsed.port !== null)
    throw new RangeError(`target host ${JSON.stringify(host)} is no IP literal`)
  if (!Number.isInteger(port) || port < 1 || port > 0xffff)
    throw new RangeError(`target port ${port} is not from 1 to 65535`)
  return { family: parsed.host.includes(':') ? 6 : 4, host: parsed.host, port }
}

/** Where a proxy stands between two hosts of this machine; a test that counts by source or by destination gives each node its own. */
export interface ProxyHosts {
  /** An IP literal of the target's family on which it listens; the loopback address when left out. */
  readonly host?: string
  /** An IP literal from which the target is spoken to; the system's choice when left out. */
  readonly upstreamHost?: string
}

/** As the operating system writes them. RangeError: not an IP literal of the target's family. */
export function readHosts({ family }: InetAddress, { host, upstreamHost }: ProxyHosts): Required<ProxyHosts> {
  const read = (name: string, text: string): string => {
    const parsed = parseInetAddress(text)
    if (parsed === null || parsed.port !== null || parsed.host.includes(':') !== (family === 6))
      throw new RangeError(`${name} ${JSON.stringify(text)} is no IPv${family} literal`)
    return parsed.host
  }
  const [loopback, anywhere] = family === 4 ? ['127.0.0.1', '0.0.0.0'] : ['::1', '::']
  return { host: read('host', host ?? loopback), upstreamHost: read('upstreamHost', upstreamHost ?? anywhere) }
}

/** Times that were added up differently may differ in the last bit; a microsecond is below every timer. */
export const SAME_TIME_MS = 0.001

/** RangeError unless every value of `faults` whose name ends in `Chance` is a probability and every other number is at least 0. */
export function checkFaults(faults: object): void {
  for (const [name, value] of Object.entries(faults)) {
    if (typeof value !== 'number') continue
    const most = name.endsWith('Chance') ? 1 : Number.POSITIVE_INFINITY
    if (!(value >= 0 && value <= most)) throw new RangeError(`${name} ${value} is not from 0 to ${most}`)
  }
}
