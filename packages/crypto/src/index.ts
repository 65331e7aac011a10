/** The public names of @postern/crypto: identities, node ids and link keys. Everything else in this folder is internal. */
export {
  AEAD_KEY_OCTETS,
  AEAD_NONCE_OCTETS,
  AEAD_TAG_OCTETS,
  type Aead,
  frameNonce,
  nodeAead,
} from './aead.js'
export {
  COOKIE_OCTETS,
  COOKIE_SECRET_MS,
  type CookieContext,
  CookieJar,
  openCookie,
  SEALED_COOKIE_OCTETS,
  sealCookie,
} from './cookie.js'
export { type EpochSecrets, eraseEpochSecrets } from './epoch-secrets.js'
export { CryptoError, type CryptoErrorCode } from './errors.js'
export {
  beginHandshake,
  FIRST_MESSAGE_EXTRA_OCTETS,
  type HandshakeOptions,
  handshakePrologue,
  type OpenedHandshake,
  openHandshake,
  type PendingHandshake,
  SECOND_MESSAGE_EXTRA_OCTETS,
} from './handshake.js'
export { LINK_KEY_HINT_OCTETS, linkKeyHint, MAC_OCTETS, mac, mac1Key, macEquals } from './handshake-mac.js'
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
export { MAX_HANDSHAKE_OCTETS } from './noise/handshake-state.js'
export type { OctetSource } from './octet-source.js'
export { pathKey, protocolSecret } from './path-key.js'
export { isPublicKey, PUBLIC_KEY_OCTETS } from './public-key.js'
export {
  DEFAULT_REPLAY_WINDOW_COUNTERS,
  MAX_REPLAY_WINDOW_COUNTERS,
  ReplayWindow,
} from './replay-window.js'
export { SIGNATURE_CONTEXT, type SignatureContext } from './signature-context.js'
