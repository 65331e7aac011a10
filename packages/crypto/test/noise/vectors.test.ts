/** Every vector of test/vectors/noise-cacophony.json: handshake messages, handshake hash, and transport messages. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { frameNonce, importLinkKey, nodeAead } from '../../src/index.js'
import { HandshakeState } from '../../src/noise/handshake-state.js'
import { BLAKE2S, SHA256 } from '../../src/noise/noise-hash.js'
import { IK, IKpsk2, type Role, X, Xpsk1, XX } from '../../src/noise/patterns.js'
import { hex, toHex } from '../hex.js'

interface Vector {
  readonly protocol_name: string
  readonly init_prologue: string
  readonly init_static: string
  readonly init_ephemeral: string
  readonly init_remote_static?: string
  readonly init_psks?: readonly string[]
  readonly resp_prologue: string
  readonly resp_static: string
  readonly resp_ephemeral?: string
  readonly resp_psks?: readonly string[]
  readonly handshake_hash: string
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[]
}

const FILE = new URL('../vectors/noise-cacophony.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly vectors: readonly Vector[] }
const PATTERNS = [IK, IKpsk2, X, Xpsk1, XX]
const HASHES = [SHA256, BLAKE2S]
const NOTHING = new Uint8Array()

function sides(vector: Vector): Record<Role, HandshakeState> & { readonly turns: number } {
  const [, name, , , hashName] = vector.protocol_name.split('_')
  const pattern = PATTERNS.find((one) => one.name === name)!
  const hash = HASHES.find((one) => one.name === hashName)!
  const side = (role: Role): HandshakeState => {
    const at = role === 'initiator' ? 'init' : 'resp'
    const psk = vector[`${at}_psks`]?.[0]
    const peer = role === 'initiator' ? vector.init_remote_static : undefined
    return HandshakeState.begin({
      ...{ pattern, hash, role },
      prologue: hex(vector[`${at}_prologue`]),
      own: importLinkKey(hex(vector[`${at}_static`])),
      random: { bytes: () => hex(vector[`${at}_ephemeral`] ?? '') },
      ...(peer === undefined ? {} : { peer: hex(peer) }),
      ...(psk === undefined ? {} : { psk: hex(psk) }),
    })
  }
  return { initiator: side('initiator'), responder: side('responder'), turns: pattern.messages.length }
}

test('the file holds ten vectors: five patterns with two hashes', () => {
  expect(vectors.map((vector) => vector.protocol_name).sort()).toEqual(
    PATTERNS.flatMap(({ name }) => HASHES.map((hash) => `Noise_${name}_25519_ChaChaPoly_${hash.name}`)).sort(),
  )
})

test.each(vectors.map((vector) => [vector.protocol_name, vector] as const))('10/noise: %s', (_, vector) => {
  const { turns, ...state } = sides(vector)
  vector.messages.forEach(({ payload, ciphertext }, turn) => {
    const isOneWay = turns === 1
    const [writer, reader]: Role[] =
      isOneWay || turn % 2 === 0 ? ['initiator', 'responder'] : ['responder', 'initiator']
    if (turn < turns) {
      const written = state[writer!].write(hex(payload))!
      expect(toHex(written.message)).toBe(ciphertext)
      const read = state[reader!].read(hex(ciphertext))!
      expect(toHex(read.payload)).toBe(payload)
      state[writer!] = written.next
      state[reader!] = read.next
      return
    }
    // Each direction counts by itself; one way, there is only the first.
    const nonce = frameNonce(isOneWay ? turn - turns : (turn - turns) >> 1)
    const sealed = nodeAead.seal(state[writer!].split().send, nonce, NOTHING, hex(payload))
    expect(toHex(sealed)).toBe(ciphertext)
    const opened = nodeAead.open(state[reader!].split().receive, nonce, NOTHING, sealed)
    expect(toHex(opened!)).toBe(payload)
  })
  expect(toHex(state.initiator.handshakeHash)).toBe(vector.handshake_hash)
  expect(toHex(state.responder.handshakeHash)).toBe(vector.handshake_hash)
})

const withPsk = vectors.filter(({ init_psks }) => init_psks !== undefined)

test.each(withPsk.map((vector) => [vector.protocol_name, vector] as const))(
  '10/noise: %s: another psk is refused where it is mixed in',
  (_, vector) => {
    const { turns, initiator, responder } = sides(vector)
    const stranger = sides({ ...vector, resp_psks: ['11'.repeat(32)] }).responder
    const first = initiator.write(NOTHING)!
    const answer = (side: HandshakeState): HandshakeState | undefined => side.read(first.message)?.next
    if (turns === 1) {
      expect(answer(responder)).toBeDefined()
      expect(answer(stranger)).toBeUndefined()
    } else {
      expect(first.next.read(answer(responder)!.write(NOTHING)!.message)).not.toBeNull()
      expect(first.next.read(answer(stranger)!.write(NOTHING)!.message)).toBeNull()
    }
  },
)

test.each(vectors.map((vector) => [vector.protocol_name, vector] as const))(
  '10/noise: %s: every strict prefix of every message is refused, and changes nothing',
  (_, vector) => {
    const { turns, ...state } = sides(vector)
    for (let turn = 0; turn < turns; turn++) {
      const [writer, reader]: Role[] = turn % 2 === 0 ? ['initiator', 'responder'] : ['responder', 'initiator']
      const written = state[writer!].write(NOTHING)!
      const isPlain = toHex(written.message).length === 64 // XX begins with an ephemeral and nothing sealed
      for (let size = 0; size < written.message.byteLength; size++) {
        expect(state[reader!].read(written.message.subarray(0, size)), `message ${turn}, ${size}`).toBeNull()
      }
      if (!isPlain) {
        const longer = new Uint8Array([...written.message, 0])
        expect(state[reader!].read(longer)).toBeNull()
      }
      state[writer!] = written.next
      state[reader!] = state[reader!].read(written.message)!.next
    }
  },
)

test('10/noise: letting go zeroes the psk that was copied, not the one that was given', () => {
  const psk = new Uint8Array(32).fill(7)
  const own = importLinkKey(psk)
  const state = HandshakeState.begin({
    ...{ pattern: XX, hash: SHA256, role: 'initiator', prologue: NOTHING, own, psk },
  })
  expect(state.peerStatic).toBeNull()
  state.erase()
  expect(psk).toEqual(new Uint8Array(32).fill(7))
})
