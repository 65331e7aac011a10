/** The public names of @postern/crypto: identities, node ids and link keys. Everything else in this folder is internal. */
export { CryptoError, type CryptoErrorCode } from './errors.js'
export {
  createIdentity,
  exportIdentity,
  type Identity,
  importIdentity,
  type PublicIdentity,
  publicIdentity,
  SIGNATURE_OCTETS,
} from './identity.js'
export { createLinkKey, eraseLinkKey, exportLinkKey, importLinkKey, LINK_KEY_OCTETS, type LinkKey } from './link-key.js'
export {
  NODE_ID_CHARACTERS,
  NODE_ID_OCTETS,
  type NodeId,
  nodeIdFromBytes,
  nodeIdOf,
  nodeIdToBytes,
  parseNodeId,
  shortNodeId,
} from './node-id.js'
export { isPublicKey, PUBLIC_KEY_OCTETS } from './public-key.js'
export { SIGNATURE_CONTEXT, type SignatureContext } from './signature-context.js'
