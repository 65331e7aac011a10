export { createIdentity, exportIdentity, type Identity, importIdentity, type NodeId } from '@postern/crypto'
export type { StandaloneMessage, StandaloneNode, StandaloneOptions, StandaloneSession } from '@postern/transport-api'
export { inittransport_smtp, openSmtp } from './init.js'
export { createRelay, type Relay, type RelayOptions } from './relay/create-relay.js'
