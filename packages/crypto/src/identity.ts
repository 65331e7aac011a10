/**
 * Identities: the Ed25519 key pair a node is, and the public half by which others know it.
 * Never shows the seed except through exportIdentity, never touches a file, never signs without a context.
 * DESIGN section 3, PROTOCOL.md section 1, RFC 8032.
 */
import { type KeyObject, randomFillSync, sign, verify } from 'node:crypto'
import { CryptoError } from './errors.js'
import { keyPairOf, RAW_KEY_OCTETS, verifyingKeyOf } from './key-object.js'
import { type NodeId, nodeIdOf } from './node-id.js'
import { isPublicKey } from './public-key.js'
import { bytesToSign, type SignatureContext } from './signature-context.js'

/** Length of a signature, RFC 8032 section 5.1.6. */
export const SIGNATURE_OCTETS = 64

/** A node as others see it. */
export interface PublicIdentity {
  readonly nodeId: NodeId
  /** 32 octets, Ed25519. Not to be written to. */
  readonly publicKey: Uint8Array
  /** Did this node sign `data` for this purpose? About 110 µs. Never throws: a signature of another length is false. */
  verify(context: SignatureContext, data: Uint8Array, signature: Uint8Array): boolean
}

/** A node as it knows itself. The seed is not a property: printing an identity, or turning it into JSON, is safe. */
export interface Identity extends PublicIdentity {
  /** The signature of `data` (borrowed) for one purpose: 64 octets, a new array, the same for the same input. */
  sign(context: SignatureContext, data: Uint8Array): Uint8Array
}

class Verifier implements PublicIdentity {
  readonly nodeId: NodeId
  readonly publicKey: Uint8Array
  readonly #key: KeyObject

  constructor(publicKey: Uint8Array) {
    this.nodeId = nodeIdOf(publicKey)
    this.publicKey = publicKey
    this.#key = verifyingKeyOf(publicKey)
  }

  verify(context: SignatureContext, data: Uint8Array, signature: Uint8Array): boolean {
    return signature.byteLength === SIGNATURE_OCTETS && verify(null, bytesToSign(context, data), this.#key, signature)
  }
}

class Signer extends Verifier implements Identity {
  readonly #seed: Uint8Array
  readonly #key: KeyObject

  constructor(seed: Uint8Array) {
    const pair = keyPairOf('Ed25519', seed)
    super(pair.publicKey)
    this.#seed = seed
    this.#key = pair.privateKey
  }

  sign(context: SignatureContext, data: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, bytesToSign(context, data), this.#key))
  }

  static seedOf(identity: Identity): Uint8Array {
    if (!(#seed in identity))
      throw new CryptoError('ERR_IDENTITY_FOREIGN', 'this identity was not made by this package')
    return identity.#seed.slice()
  }
}

/** A new identity from the system's random source. */
export function createIdentity(): Identity {
  return new Signer(randomFillSync(new Uint8Array(RAW_KEY_OCTETS)))
}

/** The identity of a seed (32 octets, copied). CryptoError ERR_IDENTITY_MALFORMED for any other length. */
export function importIdentity(seed: Uint8Array): Identity {
  if (seed.byteLength !== RAW_KEY_OCTETS)
    throw new CryptoError('ERR_IDENTITY_MALFORMED', `a seed of ${seed.byteLength} octets, not ${RAW_KEY_OCTETS}`)
  return new Signer(new Uint8Array(seed))
}

/** The seed, 32 octets, a new array: whoever has it is this node. CryptoError ERR_IDENTITY_FOREIGN for a look-alike. */
export function exportIdentity(identity: Identity): Uint8Array {
  return Signer.seedOf(identity)
}

/** The owner of `publicKey` (copied). Null for what PROTOCOL.md section 1 refuses: it comes from outside. */
export function publicIdentity(publicKey: Uint8Array): PublicIdentity | null {
  return isPublicKey(publicKey) ? new Verifier(new Uint8Array(publicKey)) : null
}
