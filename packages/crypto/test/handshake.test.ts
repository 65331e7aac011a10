import { inspect } from 'node:util'
import { x25519 } from '@noble/curves/ed25519.js'
import { describe, expect, test, vi } from 'vitest'
import {
  beginHandshake,
  CryptoError,
  createLinkKey,
  eraseEpochSecrets,
  eraseLinkKey,
  FIRST_MESSAGE_EXTRA_OCTETS,
  handshakePrologue,
  importLinkKey,
  MAX_HANDSHAKE_OCTETS,
  nodeIdFromBytes,
  type OpenedHandshake,
  openHandshake,
  type PendingHandshake,
  SECOND_MESSAGE_EXTRA_OCTETS,
} from '../src/index.js'
import { HandshakeState } from '../src/noise/handshake-state.js'
import { SHA256 } from '../src/noise/noise-hash.js'
import { IK } from '../src/noise/patterns.js'
import { SymmetricState } from '../src/noise/symmetric-state.js'
import { hex, toHex } from './hex.js'

const alice = importLinkKey(new Uint8Array(32).fill(1))
const bob = importLinkKey(new Uint8Array(32).fill(2))
const ids = [nodeIdFromBytes(new Uint8Array(32).fill(0xa1)), nodeIdFromBytes(new Uint8Array(32).fill(0xb2))] as const
const prologue = handshakePrologue(ids[0], ids[1])
const hello = hex('68 65 6c 6c 6f')
const welcome = hex('77 65 6c 63 6f 6d 65')
const NOTHING = new Uint8Array()

/** Octets that look random and are named by their seed. */
function octets(seed: number): { bytes(count: number): Uint8Array } {
  let next = seed
  return { bytes: (count) => Uint8Array.from({ length: count }, () => (next = (next * 73 + 41) % 251)) }
}

function begun(payload = hello): { readonly message: Uint8Array; readonly pending: PendingHandshake } {
  return beginHandshake({ prologue, own: alice, peerLinkKey: bob.publicKey, payload, random: octets(3) })!
}

function opened(message: Uint8Array): OpenedHandshake | null {
  return openHandshake({ prologue, own: bob, message, random: octets(5) })
}

/** u coordinates of small order on the curve and its twist, with and without the bit that is ignored; RFC 7748 section 7. */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  `${'00'.repeat(31)}80`,
].map((text) => hex(text))

describe('10/handshake', () => {
  test('two messages carry two payloads and give both sides the same epoch, seen from either side', () => {
    const { message, pending } = begun()
    expect(message).toHaveLength(FIRST_MESSAGE_EXTRA_OCTETS + hello.byteLength)
    const first = opened(message)!
    expect(first.payload).toEqual(hello)
    expect(first.peerLinkKey).toEqual(alice.publicKey)
    const second = first.answer(welcome)
    expect(second.message).toHaveLength(SECOND_MESSAGE_EXTRA_OCTETS + welcome.byteLength)
    const done = pending.complete(second.message)!
    expect(done.payload).toEqual(welcome)
    expect(done.secrets.send).toEqual(second.secrets.receive)
    expect(done.secrets.receive).toEqual(second.secrets.send)
    expect(done.secrets.send).not.toEqual(done.secrets.receive)
    expect(done.secrets.handshakeHash).toEqual(second.secrets.handshakeHash)
    for (const secret of [done.secrets.send, done.secrets.receive, done.secrets.handshakeHash])
      expect(secret).toHaveLength(32)
  })

  test('the first message begins with the ephemeral of the source, whose octets are wiped', () => {
    const secret = new Uint8Array(32).fill(9)
    const publicKey = x25519.getPublicKey(secret)
    const random = { bytes: () => secret }
    const { message } = beginHandshake({ prologue, own: alice, peerLinkKey: bob.publicKey, payload: hello, random })!
    expect(message.subarray(0, 32)).toEqual(publicKey)
    expect(secret).toEqual(new Uint8Array(32))
  })

  test('the prologue: postern/1, the initiator, the responder', () => {
    expect(toHex(prologue)).toBe(`706f737465726e2f31${'a1'.repeat(32)}${'b2'.repeat(32)}`)
  })

  test('the same source gives the same octets; without one, no two first messages share an ephemeral', () => {
    expect(begun().message).toEqual(begun().message)
    const fresh = [1, 2].map(
      () => beginHandshake({ prologue, own: alice, peerLinkKey: bob.publicKey, payload: hello })!.message,
    )
    expect(fresh[0]!.subarray(0, 32)).not.toEqual(fresh[1]!.subarray(0, 32))
    const first = openHandshake({ prologue, own: bob, message: fresh[0]! })!
    const answers = [1, 2].map(() => first.answer(welcome).message.subarray(0, 32))
    expect(answers[0]).not.toEqual(answers[1])
  })

  test('a source that gives too few octets is a RangeError', () => {
    const random = { bytes: () => new Uint8Array(31) }
    const begin = () => beginHandshake({ prologue, own: alice, peerLinkKey: bob.publicKey, payload: hello, random })
    expect(begin).toThrow(new RangeError('a random source that gave 31 octets, not 32'))
  })

  test('empty payloads are payloads', () => {
    const { message, pending } = begun(NOTHING)
    const first = opened(message)!
    expect(first.payload).toEqual(NOTHING)
    expect(pending.complete(first.answer(NOTHING).message)?.payload).toEqual(NOTHING)
  })

  test('what is given back does not share memory with what was handed in', () => {
    const { message, pending } = begun()
    const first = opened(message)!
    const second = first.answer(welcome).message
    message.fill(0)
    expect(first.payload).toEqual(hello)
    expect(first.peerLinkKey).toEqual(alice.publicKey)
    const done = pending.complete(second)!
    second.fill(0)
    expect(done.payload).toEqual(welcome)
  })

  test('every strict prefix of both messages is refused, and one octet more as well', () => {
    const { message, pending } = begun()
    const second = opened(message)!.answer(welcome).message
    for (let size = 0; size < message.byteLength; size++) expect(opened(message.subarray(0, size))).toBeNull()
    for (let size = 0; size < second.byteLength; size++) expect(pending.complete(second.subarray(0, size))).toBeNull()
    expect(opened(new Uint8Array([...message, 0]))).toBeNull()
    expect(pending.complete(new Uint8Array([...second, 0]))).toBeNull()
  })

  test('every single flipped bit is refused, and a forged second message does not end the handshake', () => {
    const { message, pending } = begun()
    const second = opened(message)!.answer(welcome).message
    const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
      bytes.map((octet, at) => (at === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet))
    for (let bit = 0; bit < message.byteLength * 8; bit += 5) expect(opened(flipped(message, bit)), `${bit}`).toBeNull()
    for (let bit = 0; bit < second.byteLength * 8; bit += 5)
      expect(pending.complete(flipped(second, bit)), `${bit}`).toBeNull()
    for (const bytes of [message, second]) expect(bytes.byteLength * 8).toBeGreaterThan(255)
    expect(opened(flipped(message, 255)), 'the bit that X25519 ignores').toBeNull()
    expect(pending.complete(flipped(second, 255)), 'the bit that X25519 ignores').toBeNull()
    expect(pending.complete(second)?.payload).toEqual(welcome)
    expect(pending.complete(second)?.secrets.send, 'pure: the same again').toEqual(
      pending.complete(second)?.secrets.send,
    )
  })

  test('another prologue, link key or second message of another handshake is refused', () => {
    const { message, pending } = begun()
    const swapped = handshakePrologue(ids[1], ids[0])
    expect(openHandshake({ prologue: swapped, own: bob, message })).toBeNull()
    expect(openHandshake({ prologue, own: createLinkKey(), message })).toBeNull()
    const other = beginHandshake({ prologue, own: alice, peerLinkKey: bob.publicKey, payload: hello })!
    expect(pending.complete(opened(other.message)!.answer(welcome).message)).toBeNull()
  })

  test('an initiator who does not hold the static key it shows is refused', () => {
    // Mallory seals Alice's public key, but can only agree with her own.
    const mallory = { publicKey: alice.publicKey }
    const begin = () => beginHandshake({ prologue, own: mallory, peerLinkKey: bob.publicKey, payload: hello })
    expect(codeOf(begin)).toBe('ERR_LINK_KEY_FOREIGN')
    const { message } = beginHandshake({ prologue, own: createLinkKey(), peerLinkKey: bob.publicKey, payload: hello })!
    const spliced = new Uint8Array([...message.subarray(0, 32), ...begun().message.subarray(32)])
    expect(opened(spliced)).toBeNull()
  })

  test('keys of small order are refused wherever they stand', () => {
    const { message, pending } = begun()
    const second = opened(message)!.answer(welcome).message
    for (const point of SMALL_ORDER) {
      expect(beginHandshake({ prologue, own: alice, peerLinkKey: point, payload: hello }), toHex(point)).toBeNull()
      expect(opened(new Uint8Array([...point, ...message.subarray(32)]))).toBeNull()
      expect(pending.complete(new Uint8Array([...point, ...second.subarray(32)]))).toBeNull()
    }
  })

  test('a sealed static key of small order is refused, though its sealing is genuine', () => {
    const sealed = (publicKey: Uint8Array): Uint8Array => {
      const symmetric = SymmetricState.begin(SHA256, 'Noise_IK_25519_ChaChaPoly_SHA256')
      symmetric.mixHash(prologue)
      symmetric.mixHash(bob.publicKey)
      const secret = new Uint8Array(32).fill(9)
      const ephemeral = x25519.getPublicKey(secret)
      symmetric.mixHash(ephemeral)
      symmetric.mixKey(x25519.getSharedSecret(secret, bob.publicKey))
      const key = symmetric.seal(publicKey)
      symmetric.mixKey(SMALL_ORDER.includes(publicKey) ? new Uint8Array(32) : AGREED)
      return new Uint8Array([...ephemeral, ...key, ...symmetric.seal(hello)])
    }
    const AGREED = x25519.getSharedSecret(new Uint8Array(32).fill(1), bob.publicKey)
    expect(opened(sealed(alice.publicKey))?.payload, 'the forger is good').toEqual(hello)
    for (const point of SMALL_ORDER) expect(opened(sealed(point)), toHex(point)).toBeNull()
    const short = sealed(alice.publicKey.subarray(1)).subarray(0, 32 + 31 + 16)
    expect(opened(short), 'a genuine sealing of 31 octets, and nothing after it').toBeNull()
  })

  test('a link key that is not 32 octets is a RangeError', () => {
    for (const size of [0, 31, 33]) {
      const begin = () =>
        beginHandshake({ prologue, own: alice, peerLinkKey: new Uint8Array(size), payload: hello, random: octets(1) })
      expect(begin).toThrow(new RangeError(`a link key of ${size} octets, not 32`))
    }
  })

  test('the longest messages are 65 535 octets', () => {
    const most = new Uint8Array(MAX_HANDSHAKE_OCTETS - FIRST_MESSAGE_EXTRA_OCTETS)
    const { message, pending } = begun(most)
    expect(message).toHaveLength(65_535)
    const first = opened(message)!
    expect(first.payload).toEqual(most)
    const longest = first.answer(new Uint8Array(MAX_HANDSHAKE_OCTETS - SECOND_MESSAGE_EXTRA_OCTETS)).message
    expect(longest).toHaveLength(65_535)
    expect(pending.complete(longest)?.payload).toHaveLength(65_535 - 48)
    expect(() => begun(new Uint8Array(most.byteLength + 1))).toThrow(
      new RangeError('a message of 65536 octets, more than 65535'),
    )
  })

  test('a message above 65 535 octets is refused before anything is agreed on', () => {
    const clone = vi.spyOn(Uint8Array.prototype, 'subarray')
    const state = HandshakeState.begin({ pattern: IK, hash: SHA256, role: 'responder', prologue, own: bob })
    clone.mockClear()
    expect(state.read(new Uint8Array(65_536))).toBeNull()
    expect(clone).not.toHaveBeenCalled()
    clone.mockRestore()
  })

  test('after erasing, completing and answering are ERR_HANDSHAKE_ERASED; an epoch that was given stays', () => {
    const { message, pending } = begun()
    const first = opened(message)!
    const second = first.answer(welcome)
    const done = pending.complete(second.message)!
    const send = toHex(done.secrets.send)
    for (const held of [pending, first]) {
      held.erase()
      held.erase()
    }
    expect(codeOf(() => pending.complete(second.message))).toBe('ERR_HANDSHAKE_ERASED')
    expect(codeOf(() => first.answer(welcome))).toBe('ERR_HANDSHAKE_ERASED')
    expect(() => first.answer(welcome)).toThrow('this handshake was erased')
    expect(toHex(done.secrets.send)).toBe(send)
    expect(toHex(second.secrets.receive)).toBe(send)
  })

  test('erasing zeroes the chaining key and the key', () => {
    const { pending } = begun()
    const fill = vi.spyOn(Uint8Array.prototype, 'fill')
    pending.erase()
    expect(fill.mock.contexts).toEqual([new Uint8Array(32), new Uint8Array(32)])
    fill.mockRestore()
  })

  test('what is computed on the way is zeroed, whether a message opens or not', () => {
    const { message, pending } = begun()
    const first = opened(message)!
    const second = first.answer(welcome).message
    const fill = vi.spyOn(Uint8Array.prototype, 'fill')
    const zeroed = (step: () => unknown): number => {
      fill.mockClear()
      step()
      for (const context of fill.mock.contexts) expect(toHex(context as Uint8Array)).toMatch(/^(00)+$/)
      return fill.mock.contexts.length
    }
    // Twice: the agreement, the seed of HKDF, and the copies of ck and k that came out. Then, for either end, ck and k.
    const agreements = 2 * 4
    const end = 2
    expect(zeroed(() => pending.complete(second.subarray(1)))).toBe(agreements + end)
    expect(zeroed(() => opened(message.subarray(1)))).toBe(agreements / 2 + end)
    // Split has a seed and a third output besides the two secrets.
    expect(zeroed(() => pending.complete(second))).toBe(agreements + 2 + end)
    fill.mockRestore()
  })

  test('a link key that was erased can neither begin, open nor complete: ERR_LINK_KEY_ERASED', () => {
    const own = createLinkKey()
    const begin = () => beginHandshake({ prologue, own, peerLinkKey: bob.publicKey, payload: hello })
    const { message, pending } = begin()!
    const second = opened(message)!.answer(welcome).message
    const { message: toOwn } = beginHandshake({ prologue, own: bob, peerLinkKey: own.publicKey, payload: hello })!
    eraseLinkKey(own)
    expect(codeOf(begin)).toBe('ERR_LINK_KEY_ERASED')
    expect(codeOf(() => openHandshake({ prologue, own, message: toOwn }))).toBe('ERR_LINK_KEY_ERASED')
    expect(codeOf(() => pending.complete(second))).toBe('ERR_LINK_KEY_ERASED')
  })
})

describe('10/epoch-secrets', () => {
  test('erasing zeroes both secrets, keeps the hash, and may be repeated', () => {
    const { secrets } = opened(begun().message)!.answer(welcome)
    const { send, receive, handshakeHash } = secrets
    const hash = toHex(handshakeHash)
    eraseEpochSecrets(secrets)
    eraseEpochSecrets(secrets)
    expect([send, receive]).toEqual([new Uint8Array(32), new Uint8Array(32)])
    expect(codeOf(() => secrets.send)).toBe('ERR_SECRETS_ERASED')
    expect(codeOf(() => secrets.receive)).toBe('ERR_SECRETS_ERASED')
    expect(() => secrets.send).toThrow('the secrets of this epoch were erased')
    expect(toHex(secrets.handshakeHash)).toBe(hash)
  })

  test('of a look-alike, the arrays are zeroed', () => {
    const alike = { send: hex('0102'), receive: hex('0304'), handshakeHash: hex('05') }
    eraseEpochSecrets(alike)
    expect(alike).toEqual({ send: hex('0000'), receive: hex('0000'), handshakeHash: hex('05') })
  })

  test('printing them never shows a secret', () => {
    const { secrets } = opened(begun().message)!.answer(welcome)
    const shown = JSON.stringify(secrets) + inspect(secrets, { depth: null, showHidden: true, maxArrayLength: null })
    expect(Reflect.ownKeys(secrets)).toEqual(['handshakeHash'])
    expect(shown.replace(/"\d+":|\s/g, '')).not.toContain(secrets.send.slice(0, 6).join(','))
  })
})

function codeOf(misuse: () => unknown): string {
  try {
    misuse()
  } catch (error) {
    if (error instanceof CryptoError) return error.code
  }
  throw new Error('no CryptoError was thrown')
}
