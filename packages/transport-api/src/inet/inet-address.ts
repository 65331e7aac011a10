/**
 * IP endpoints as udp and tcp put them into a HELO: 4 or 16 octets of address, then 2 of port, never a name
 * (PROTOCOL.md section 5). Text forms are those the operating system reports, so that they can serve as keys: RFC 5952.
 */

export interface InetAddress {
  readonly family: 4 | 6
  /** `192.0.2.1` or `2001:db8::1`; no brackets, no zone. */
  readonly host: string
  /** 0 to 65535. */
  readonly port: number
}

const PORT_OCTETS = 2
const IPV4_OCTETS = 4
const IPV6_OCTETS = 16

/** `senderAddress` of a HELO; an IPv4-mapped host is written as the IPv4 address it means. RangeError: not an IP literal, or a port out of range. */
export function encodeInetAddress(host: string, port: number): Uint8Array {
  const parsed = parseIp(host)
  if (parsed === null) throw new RangeError(`not an IP address: ${JSON.stringify(host)}`)
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw new RangeError(`port ${port} is not from 0 to 65535`)
  const octets = unmap(parsed)
  const bytes = new Uint8Array(octets.length + PORT_OCTETS)
  bytes.set(octets)
  bytes[octets.length] = port >> 8
  bytes[octets.length + 1] = port & 0xff
  return bytes
}

/** null: neither 6 nor 18 octets. An IPv4-mapped address comes out as the IPv4 address it means. Never throws. */
export function decodeInetAddress(bytes: Uint8Array): InetAddress | null {
  const size = bytes.length - PORT_OCTETS
  if (size !== IPV4_OCTETS && size !== IPV6_OCTETS) return null
  const octets = unmap(bytes.subarray(0, size))
  const port = (bytes[size]! << 8) | bytes[size + 1]!
  return { family: octets.length === IPV4_OCTETS ? 4 : 6, host: formatIp(octets), port }
}

/** 4 or 16 octets; null for anything but an IP literal (no name, no zone, no leading zeros, no brackets). Never throws. */
export function parseIp(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== IPV4_OCTETS) return null
  const octets = new Uint8Array(IPV4_OCTETS)
  for (const [at, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    octets[at] = Number(part)
  }
  return octets
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = parseGroups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : []
  if (head === null || tail === null) return null
  const missing = IPV6_OCTETS - head.length - tail.length
  // `::` stands for at least one group of zeros (RFC 4291 section 2.2).
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null
  const octets = new Uint8Array(IPV6_OCTETS)
  octets.set(head)
  octets.set(tail, IPV6_OCTETS - tail.length)
  return octets
}

/** Octets of `a:b:c`, the last group of which may be dotted IPv4 where `last` allows it. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return []
  const octets: number[] = []
  const groups = text.split(':')
  for (const [at, group] of groups.entries()) {
    if (last && at === groups.length - 1 && group.includes('.')) {
      const dotted = parseIpv4(group)
      if (dotted === null) return null
      octets.push(...dotted)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null
      const value = Number.parseInt(group, 16)
      octets.push(value >> 8, value & 0xff)
    }
  }
  return octets.length > IPV6_OCTETS ? null : octets
}

/** RFC 5952: lower case, the longest run of at least two zero groups shortened, the first of equals. */
export function formatIp(octets: Uint8Array): string {
  if (octets.length === IPV4_OCTETS) return octets.join('.')
  const groups = Array.from({ length: 8 }, (_, at) => (octets[2 * at]! << 8) | octets[2 * at + 1]!)
  const run = longestZeroRun(groups)
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  if (run.length < 2) return text(groups)
  return `${text(groups.slice(0, run.at))}::${text(groups.slice(run.at + run.length))}`
}

function longestZeroRun(groups: readonly number[]): { readonly at: number; readonly length: number } {
  let best = { at: 0, length: 0 }
  for (let at = 0; at < groups.length; at += 1) {
    let length = 0
    while (groups[at + length] === 0) length += 1
    if (length > best.length) best = { at, length }
    at += length
  }
  return best
}

/** The IPv4 address that an IPv6 address carries, by the forms of DESIGN section 2; null: it carries none. */
export function embeddedIpv4(octets: Uint8Array): Uint8Array | null {
  if (octets.length !== IPV6_OCTETS) return null
  const starts = (...prefix: number[]): boolean => prefix.every((octet, at) => octets[at] === octet)
  const zeros = (from: number, to: number): boolean => octets.subarray(from, to).every((octet) => octet === 0)
  // ::ffff:0:0/96, IPv4-mapped (RFC 4291 section 2.5.5.2)
  if (zeros(0, 10) && octets[10] === 0xff && octets[11] === 0xff) return octets.slice(12)
  // 64:ff9b::/96, NAT64 (RFC 6052)
  if (starts(0x00, 0x64, 0xff, 0x9b) && zeros(4, 12)) return octets.slice(12)
  // 2002::/16, 6to4 (RFC 3056)
  if (starts(0x20, 0x02)) return octets.slice(2, 6)
  // ::/96, IPv4-compatible, long deprecated; :: and ::1 are addresses of their own
  if (zeros(0, 12) && !(zeros(12, 15) && octets[15]! <= 1)) return octets.slice(12)
  return null
}

/** The IPv4 address that an IPv4-mapped one means; any other as it is. */
export function unmap(octets: Uint8Array): Uint8Array {
  const isMapped =
    octets.length === IPV6_OCTETS &&
    octets[10] === 0xff &&
    octets[11] === 0xff &&
    octets.subarray(0, 10).every((octet) => octet === 0)
  return isMapped ? octets.subarray(12) : octets
}

/** Of an IP literal. */
export function familyOf(host: string): 4 | 6 {
  return host.includes(':') ? 6 : 4
}

/** `0.0.0.0` or `::`: every address of this machine. */
export function isUnspecified(host: string): boolean {
  return parseIp(host)?.every((octet) => octet === 0) === true
}

/** What per-source limits key on: the IPv4 address, or the /64 that one IPv6 host can fill at will. A zone (`%eth0`) is left out. */
export function inetSource(host: string): Uint8Array {
  const octets = parseIp(host.replace(/%.*$/, ''))
  if (octets === null) return new Uint8Array(0)
  const plain = unmap(octets)
  return plain.length === IPV4_OCTETS ? plain.slice() : plain.slice(0, 8)
}

/** `192.0.2.1:80`, `[2001:db8::1]:80`, for people. */
export function formatInetAddress({ family, host, port }: InetAddress): string {
  return family === 4 ? `${host}:${port}` : `[${host}]:${port}`
}

/** `host`, `host:port`, `[v6]:port` as an operator writes it; port null when none was given; null: not an endpoint. */
export function parseInetAddress(text: string): { readonly host: string; readonly port: number | null } | null {
  const match =
    /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ??
    /^([\d.]+)(?::(\d{1,5}))?$/.exec(text) ??
    /^([\da-fA-F:.]+)$/.exec(text)
  const octets = parseIp(match?.[1] ?? '')
  if (match === null || octets === null) return null
  const port = match[2] === undefined ? null : Number(match[2])
  return port !== null && port > 0xffff ? null : { host: formatIp(unmap(octets)), port }
}
