/** A PING, its PONG, and random ones. The bytes are from Python's struct, hashlib and cryptography: not by the code under test. */
import { type NodeId, nodeIdFromBytes } from '@postern/crypto'
import fc from 'fast-check'
import {
  CHALLENGE_OCTETS,
  MAX_OBSERVED_OCTETS,
  MAX_SENDER_ADDRESS_OCTETS,
  PING_PADDING_OCTETS,
  type Ping,
  type Pong,
  PROTOCOL,
  protocolNumber,
} from '../src/index.js'
import { hex } from './hex.js'
import { DRAFT, OTHER, OWNER } from './samples.js'

/** OTHER asks OWNER whether udp 192.0.2.1 port 2086 is its own. */
export const PING: Ping = {
  challenge: hex('10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f'),
  target: OWNER.nodeId,
  asker: OTHER.nodeId,
  protocol: PROTOCOL.UDP,
  address: DRAFT.senderAddress,
}

const QUESTION = `
  01                                                version
  10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f   challenge
  21 fe 31 df a1 54 a2 61 62 6b f8 54 04 6f d2 27   target
  1b 7b ed 4b 6a be 45 aa 58 87 7e f4 7f 97 21 b9
  39 f7 13 d0 a6 44 25 3f 04 52 94 21 b9 f5 1b 9b   asker
  08 97 9d 08 29 59 59 c4 f3 99 0e e6 17 f5 13 9f
  00 01                                             protocol: udp
  00 06                                             addressSize
`

export const PING_BYTES: Uint8Array = hex(`${QUESTION}
  c0 00 02 01 08 26                                 address: 192.0.2.1, port 2086
${'00'.repeat(PING_PADDING_OCTETS)}   padding
`)

/** Where OWNER saw it come from: 198.51.100.7, port 8080. */
export const OBSERVED: Uint8Array = hex('c6 33 64 07 1f 90')

export const PONG_BYTES: Uint8Array = hex(`${QUESTION}
  00 06                                             observedSize
  da 77 bf e8 91 cc a4 03 0e 86 a4 7d 7b 8f 32 67   signature
  08 f3 ef 38 02 af 34 a2 ff 93 64 e8 b9 80 c9 50
  43 ab 53 59 96 12 5d 5f 47 17 d3 64 5d fc 18 2b
  ed 21 05 19 24 db ab c6 43 a4 de 57 de f1 38 0d
  c0 00 02 01 08 26                                 address: as in the PING
  c6 33 64 07 1f 90                                 observed: 198.51.100.7, port 8080
`)

export const PONG: Pong = { ...PING, observed: OBSERVED, signature: PONG_BYTES.slice(87, 151) }

const octets = (least: number, most: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: least, maxLength: most })
const nodeIds: fc.Arbitrary<NodeId> = octets(32, 32).map(nodeIdFromBytes)
const question = {
  challenge: octets(CHALLENGE_OCTETS, CHALLENGE_OCTETS),
  target: nodeIds,
  asker: nodeIds,
  protocol: fc.nat({ max: 0xffff }).map(protocolNumber),
  address: octets(1, MAX_SENDER_ADDRESS_OCTETS),
}

export const pings: fc.Arbitrary<Ping> = fc.record(question)

export const pongs: fc.Arbitrary<Pong> = fc.record({
  ...question,
  observed: octets(0, MAX_OBSERVED_OCTETS),
  signature: octets(64, 64),
})
