/**
 * The receiving half of an epoch as it is kept: what slow transports may still deliver after a restart. Never what we send with.
 *
 *   version | peer, 32 | ownIndex, u32 | peerIndex, u32 | isOurs | begunMs, u64 | untilMs, u64
 *   count of protocols | protocol, u16, secret, 32 …
 *   count of windows   | protocol, u16, pathId, u16, octets, u16, window …
 */
import { type NodeId, nodeIdFromBytes, nodeIdToBytes, ReplayWindow } from '@postern/crypto'

export interface EpochRecord {
  readonly peer: NodeId
  readonly ownIndex: number
  readonly peerIndex: number
  readonly isOurs: boolean
  /** Unix ms. */
  readonly begunMs: number
  /** Unix ms: after that nothing of it can arrive. */
  readonly untilMs: number
  readonly secrets: readonly (readonly [protocol: number, secret: Uint8Array])[]
  readonly windows: readonly {
    readonly protocol: number
    readonly pathId: number
    readonly highest: number
    readonly window: ReplayWindow
  }[]
}

const VERSION = 1
const SECRET_OCTETS = 32
const HEAD_OCTETS = 1 + 32 + 4 + 4 + 1 + 8 + 8

export function encodeEpochRecord(record: EpochRecord): Uint8Array {
  const windows = record.windows.map(({ window, ...rest }) => ({ ...rest, bytes: window.toBytes() }))
  const octets =
    HEAD_OCTETS +
    1 +
    record.secrets.length * (2 + SECRET_OCTETS) +
    1 +
    windows.reduce((sum, { bytes }) => sum + 14 + bytes.byteLength, 0)
  const out = new Uint8Array(octets)
  const view = new DataView(out.buffer)
  out[0] = VERSION
  out.set(nodeIdToBytes(record.peer), 1)
  view.setUint32(33, record.ownIndex)
  view.setUint32(37, record.peerIndex)
  out[41] = record.isOurs ? 1 : 0
  view.setBigUint64(42, BigInt(record.begunMs))
  view.setBigUint64(50, BigInt(record.untilMs))
  let at = HEAD_OCTETS
  out[at++] = record.secrets.length
  for (const [protocol, secret] of record.secrets) {
    view.setUint16(at, protocol)
    out.set(secret, at + 2)
    at += 2 + SECRET_OCTETS
  }
  out[at++] = windows.length
  for (const { protocol, pathId, highest, bytes } of windows) {
    view.setUint16(at, protocol)
    view.setUint16(at + 2, pathId)
    view.setBigUint64(at + 4, BigInt(highest))
    view.setUint16(at + 12, bytes.byteLength)
    out.set(bytes, at + 14)
    at += 14 + bytes.byteLength
  }
  return out
}

/** null: not a record of this version, or a damaged one. Never throws. */
export function decodeEpochRecord(bytes: Uint8Array): EpochRecord | null {
  try {
    return read(bytes)
  } catch {
    return null // shorter than it says
  }
}

function read(bytes: Uint8Array): EpochRecord | null {
  if (bytes[0] !== VERSION) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = HEAD_OCTETS
  const secrets: [number, Uint8Array][] = []
  for (let left = view.getUint8(at++); left > 0; left -= 1) {
    secrets.push([view.getUint16(at), whole(bytes, at + 2, SECRET_OCTETS)])
    at += 2 + SECRET_OCTETS
  }
  const windows: EpochRecord['windows'][number][] = []
  for (let left = view.getUint8(at++); left > 0; left -= 1) {
    const octets = view.getUint16(at + 12)
    const window = ReplayWindow.fromBytes(whole(bytes, at + 14, octets))
    if (window === null) return null
    const highest = Number(view.getBigUint64(at + 4))
    windows.push({ protocol: view.getUint16(at), pathId: view.getUint16(at + 2), highest, window })
    at += 14 + octets
  }
  if (at !== bytes.byteLength) return null
  return {
    peer: nodeIdFromBytes(bytes.slice(1, 33)),
    ownIndex: view.getUint32(33),
    peerIndex: view.getUint32(37),
    isOurs: bytes[41] === 1,
    begunMs: Number(view.getBigUint64(42)),
    untilMs: Number(view.getBigUint64(50)),
    secrets,
    windows,
  }
}

/** Throws RangeError when they are not there. */
function whole(bytes: Uint8Array, from: number, octets: number): Uint8Array {
  if (from + octets > bytes.byteLength) throw new RangeError('cut off')
  return bytes.slice(from, from + octets)
}
