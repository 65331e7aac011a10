/** The keys of a trial's nodes. Making them took half the time of a run, and the same seed asks for the same ones in every case. */
import { type Identity, importIdentity, importLinkKey } from '@postern/crypto'

export interface NodeKeys {
  readonly identity: Identity
  /** The public half: nobody in a trial agrees on anything with it. */
  readonly linkKey: Uint8Array
}

/** A run of the suite asks for thirty or so; then comes a run with another seed. */
const MAX_REMEMBERED = 200
const remembered = new Map<string, NodeKeys>()

/** `seed` is 32 octets. The same object for the same seed, mostly. */
export function nodeKeys(seed: Uint8Array): NodeKeys {
  const name = Buffer.from(seed).toString('hex')
  const known = remembered.get(name)
  if (known !== undefined) return known
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  const keys: NodeKeys = { identity: importIdentity(seed), linkKey: importLinkKey(seed).publicKey }
  remembered.set(name, keys)
  return keys
}
