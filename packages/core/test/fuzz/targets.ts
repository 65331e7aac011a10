/** What this package makes of bytes from outside, for `npm run fuzz`: records of a store that rotted, or that is none of ours. */
import assert from 'node:assert/strict'
import { importIdentity, ReplayWindow } from '@postern/crypto'
import { crc32, PROTOCOL } from '@postern/helo'
import { type FuzzTarget, sizeClass } from '@postern/transport-testkit'
import { decodeEpochRecord, encodeEpochRecord } from '../../src/link/epoch-record.js'
import { addressKey } from '../../src/peers/address-key.js'
import type { KeptAddress } from '../../src/peers/known-address.js'
import { decodePeerRecord, encodePeerRecord } from '../../src/peers/peer-record.js'
import { readSequence, sequenceRecord } from '../../src/store/node-records.js'
import { sealRecord, unsealRecord } from '../../src/store/sealed-record.js'
import { bare, type HeloChanges, heloOf, inet, NOW } from '../peers/samples.js'

const OWNER = importIdentity(new Uint8Array(32).fill(1))
const OTHER = importIdentity(new Uint8Array(32).fill(2))

function kept(changes: HeloChanges, more: Partial<KeptAddress> = {}): KeptAddress {
  const helo = heloOf(OWNER, changes)
  return { key: addressKey(helo), helo, from: 'card', validatedUntil: 0, keptUntil: helo.expiration, ...more }
}

const RUMOUR = { from: { teller: OTHER.nodeId } }
const BARE = bare(OWNER)
const PEERS: readonly Uint8Array[] = [
  { isLinked: false, addresses: [kept({}, RUMOUR)], writtenMs: 0, oneWayPerMinute: 0 },
  {
    isLinked: true,
    addresses: [
      kept({}, { from: 'owner', validatedUntil: NOW + 5 }),
      kept({ address: inet(8), withdrawn: true, sequence: 9 }, { keptUntil: Number.MAX_SAFE_INTEGER }),
      { ...kept({}), helo: BARE, key: addressKey(BARE) },
    ],
    writtenMs: NOW,
    oneWayPerMinute: 600,
  },
  {
    isLinked: false,
    addresses: Array.from({ length: 16 }, (_, at) => kept({ address: inet(at), protocol: PROTOCOL.TCP }, RUMOUR)),
    writtenMs: Number.MAX_SAFE_INTEGER,
    oneWayPerMinute: 0.5,
  },
].map(encodePeerRecord)

const peerRecord: FuzzTarget = {
  name: 'peer-record',
  maxOctets: 8_192,
  seeds: () => PEERS.map((bytes) => bytes.slice()),
  feed(input) {
    const content = decodePeerRecord(OWNER.nodeId, input)
    if (content === null) return `bad-${Math.min(input[0] ?? 9, 2)}-${sizeClass(input.length)}`
    const { addresses, isLinked, oneWayPerMinute } = content
    assert.equal(Buffer.compare(encodePeerRecord(content), input), 0, 'encodes to the same octets')
    assert(addresses.every(({ helo }) => helo.senderIdentity === OWNER.nodeId))
    assert.equal(new Set(addresses.map(({ key }) => key)).size, addresses.length)
    assert.equal(decodePeerRecord(OTHER.nodeId, input), null, 'it is about one peer')
    return `ok-${Number(isLinked)}-${Number(oneWayPerMinute > 0)}-${addresses.length}`
  },
}

const WINDOW = new ReplayWindow(64)
for (const counter of [1, 2, 90]) WINDOW.accept(counter)
const EPOCHS: readonly Uint8Array[] = [0, 1, 3].map((count) =>
  encodeEpochRecord({
    peer: OTHER.nodeId,
    ownIndex: count,
    peerIndex: 0xffff_ffff,
    isOurs: count === 1,
    begunMs: NOW,
    untilMs: NOW + 1,
    secrets: Array.from({ length: count }, (_, at) => [at + 1, new Uint8Array(32).fill(at)] as const),
    windows: Array.from({ length: count }, (_, at) => ({ protocol: 3, pathId: at, highest: 90, window: WINDOW })),
  }),
)

const epochRecord: FuzzTarget = {
  name: 'epoch-record',
  maxOctets: 2_048,
  seeds: () => EPOCHS.map((bytes) => bytes.slice()),
  feed(input) {
    const record = decodeEpochRecord(input)
    if (record === null) return `bad-${Math.min(input[0] ?? 9, 2)}-${sizeClass(input.length)}`
    const again = decodeEpochRecord(encodeEpochRecord(record))
    assert.deepEqual(again, record, 'what was read can be written again')
    return `ok-${Number(record.isOurs)}-${sizeClass(record.secrets.length)}-${sizeClass(record.windows.length)}`
  },
}

const STORE_OWNER = new Uint8Array(32).fill(3)
const KEY = 'peer/name'
const SEALED: readonly Uint8Array[] = [0, 8, 300].map((size) => sealRecord(STORE_OWNER, KEY, new Uint8Array(size)))
/** Of a later version, with the checksum that all versions have. */
const LATER = Uint8Array.of(2, 1, 2, 3, 0, 0, 0, 0)
const COVERED = Buffer.concat([STORE_OWNER, Buffer.from(KEY), LATER.subarray(0, 4)])
new DataView(LATER.buffer).setUint32(4, crc32(COVERED))

const sealedRecord: FuzzTarget = {
  name: 'sealed-record',
  maxOctets: 512,
  seeds: () => [...SEALED, LATER].map((bytes) => bytes.slice()),
  feed(input) {
    const unsealed = unsealRecord(STORE_OWNER, KEY, input)
    if (unsealed.at !== 'ok') return `${unsealed.at}-${sizeClass(input.length)}`
    assert.equal(Buffer.compare(sealRecord(STORE_OWNER, KEY, unsealed.body), input), 0, 'seals to the same octets')
    for (const [owner, key] of [
      [new Uint8Array(32), KEY],
      [STORE_OWNER, 'peer/eman'],
    ] as const)
      assert.equal(unsealRecord(owner, key, input).at, 'damaged', 'it is one node’s, and has one key')
    return `ok-${sizeClass(unsealed.body.length)}`
  },
}

const sequence: FuzzTarget = {
  name: 'sequence-record',
  maxOctets: 16,
  seeds: () => [0, 1, NOW, 2 ** 52].map((number) => sequenceRecord(number).value),
  feed(input) {
    const read = readSequence(input)
    if (read === null) return input.length === 8 ? 'too-high' : `length-${sizeClass(input.length)}`
    assert.equal(Buffer.compare(sequenceRecord(read).value, input), 0, 'encodes to the same octets')
    return `ok-${Number(read > 0)}`
  },
}

export const targets: readonly FuzzTarget[] = [peerRecord, epochRecord, sealedRecord, sequence]
