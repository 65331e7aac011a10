export { createIdentity, exportIdentity, type Identity, importIdentity, type NodeId } from '@postern/crypto'
export type { StandaloneMessage, StandaloneNode, StandaloneOptions, StandaloneSession } from '@postern/transport-api'
export { inittransport_pigeon, openPigeon } from './init.js'
