/** Deterministic HELOs, random HELOs, and ways to damage them. */
import { type Identity, importIdentity } from '@postern/crypto'
import fc from 'fast-check'
import {
  ADDRESSLESS_DRAFT,
  type Helo,
  type HeloDraft,
  type HeloTerms,
  MAX_MTU_OCTETS,
  MAX_SENDER_ADDRESS_OCTETS,
  PROTOCOL,
  protocolNumber,
  signHelo,
} from '../src/index.js'
import { hex } from './hex.js'

/** RFC 8032 section 7.1, TEST 1 and TEST 2. */
export const OWNER: Identity = importIdentity(hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'))
export const OTHER: Identity = importIdentity(hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))

/** RFC 7748 section 6.1: the public keys of Alice and Bob. */
export const LINK_KEY: Uint8Array = hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
export const OTHER_LINK_KEY: Uint8Array = hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')

/** When the samples were signed, Unix ms. */
export const NOW = 1_700_000_000_000

export const TERMS: HeloTerms = {
  maxLatencyMs: 1000,
  gossip: true,
  withdrawn: false,
  sequence: NOW,
  expiration: NOW + 43_200_000,
}

/** udp, 192.0.2.1 port 2086. */
export const DRAFT: HeloDraft = {
  protocol: PROTOCOL.UDP,
  mtu: 1434,
  senderAddressSize: 6,
  senderAddress: hex('c0000201 0826'),
}

export const HELO: Helo = signHelo(OWNER, LINK_KEY, DRAFT, TERMS)

export const WITHDRAWN_ADDRESSLESS: Helo = signHelo(OWNER, LINK_KEY, ADDRESSLESS_DRAFT, {
  ...TERMS,
  maxLatencyMs: 0,
  gossip: false,
  withdrawn: true,
  sequence: NOW + 1,
})

/** PROTOCOL.md section 3, made with Python's struct and cryptography: not by the code under test. */
export const HELO_BYTES: Uint8Array = hex(`
  01                                                version
  01                                                flags: may be gossiped
  00 01                                             protocol: udp
  d7 5a 98 01 82 b1 0a b7 d5 4b fe d3 c9 64 07 3a   publicKey
  0e e1 72 f3 da a6 23 25 af 02 1a 68 f7 07 51 1a
  85 20 f0 09 89 30 a7 54 74 8b 7d dc b4 3e f7 5a   linkKey
  0d bf 3a 0d 26 38 1a f4 eb a4 a9 8e aa 9b 4e 6a
  00 00 05 9a                                       mtu: 1434
  00 00 03 e8                                       maxLatencyMs: 1000
  00 00 01 8b cf e5 68 00                           sequence: 1 700 000 000 000
  00 00 01 8b d2 78 96 00                           expiration: 12 h later
  00 06                                             senderAddressSize
  75 a7 e2 e0 cf d7 5a a2 10 82 b1 c8 36 20 94 55   signature
  f5 b6 88 2e 95 77 89 17 b3 4d a2 37 f5 46 3c 65
  ea cd e3 e8 a3 12 22 6a 69 0d f0 d9 d7 9c 02 5f
  73 cd 9f b0 ff cf 4b 34 9a 2e 19 ca c2 ce e9 09
  c0 00 02 01 08 26                                 senderAddress: 192.0.2.1, port 2086
`)

export const WITHDRAWN_ADDRESSLESS_BYTES: Uint8Array = hex(`
  01                                                version
  02                                                flags: withdrawn
  00 00                                             protocol: none
  d7 5a 98 01 82 b1 0a b7 d5 4b fe d3 c9 64 07 3a   publicKey
  0e e1 72 f3 da a6 23 25 af 02 1a 68 f7 07 51 1a
  85 20 f0 09 89 30 a7 54 74 8b 7d dc b4 3e f7 5a   linkKey
  0d bf 3a 0d 26 38 1a f4 eb a4 a9 8e aa 9b 4e 6a
  00 00 00 00                                       mtu
  00 00 00 00                                       maxLatencyMs
  00 00 01 8b cf e5 68 01                           sequence: 1 700 000 000 001
  00 00 01 8b d2 78 96 00                           expiration: as above
  00 00                                             senderAddressSize
  a2 2a 76 36 77 3d af ca 2c 72 3f bd d3 8c 39 40   signature
  b7 16 46 3a 9d 4a bf 67 8e 83 13 63 de bf a2 e6
  fe ad 05 6d 9f ec e1 90 0c d2 46 40 bc e3 31 75
  6a 28 0e 85 48 ad 81 32 cc ea 85 71 35 21 eb 00
`)

const identities = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((seed) => importIdentity(seed))
const linkKeys = fc.uint8Array({ minLength: 32, maxLength: 32 })
const terms: fc.Arbitrary<HeloTerms> = fc.record({
  maxLatencyMs: fc.nat({ max: 0xffff_ffff }),
  gossip: fc.boolean(),
  withdrawn: fc.boolean(),
  sequence: fc.maxSafeNat(),
  expiration: fc.maxSafeNat(),
})
const dialable: fc.Arbitrary<HeloDraft> = fc
  .record({
    protocol: fc.integer({ min: 1, max: 0xffff }).map(protocolNumber),
    mtu: fc.integer({ min: 1, max: MAX_MTU_OCTETS }),
    senderAddress: fc.uint8Array({ minLength: 1, maxLength: MAX_SENDER_ADDRESS_OCTETS }),
  })
  .map((draft) => ({ ...draft, senderAddressSize: draft.senderAddress.byteLength }))

export const drafts: fc.Arbitrary<HeloDraft> = fc.oneof(
  { weight: 9, arbitrary: dialable },
  fc.constant(ADDRESSLESS_DRAFT),
)

/** Any HELO somebody may sign. */
export const helos: fc.Arbitrary<Helo> = fc
  .tuple(identities, linkKeys, drafts, terms)
  .map(([identity, linkKey, draft, its]) => signHelo(identity, linkKey, draft, its))

/** `bytes` with one bit flipped; `bit` wraps around. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = new Uint8Array(bytes)
  flipped[(bit >> 3) % bytes.byteLength]! ^= 1 << (bit & 7)
  return flipped
}

/** `bytes` with `octets` (spaced hex) written over them at `offset`. */
export function patch(bytes: Uint8Array, offset: number, octets: string): Uint8Array {
  const patched = new Uint8Array(bytes)
  patched.set(hex(octets), offset)
  return patched
}
