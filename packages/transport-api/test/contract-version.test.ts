import { createIdentity } from '@postern/crypto'
import { expect, test } from 'vitest'
import { CONTRACT_VERSION, type CoreAPIForTransport, checkContractVersion, TransportError } from '../src/index.js'

const coreOf = (version: number): CoreAPIForTransport => ({
  version,
  myIdentity: createIdentity().nodeId,
  receive: () => {},
  event: () => {},
})

test('2/version: a core of the same version is taken', () => {
  expect(() => checkContractVersion(coreOf(CONTRACT_VERSION))).not.toThrow()
})

test.each([CONTRACT_VERSION - 1, CONTRACT_VERSION + 1, 7, Number.NaN])(
  '2/version: a core of version %d is refused, and both versions are named',
  (version) => {
    const text = `core speaks version ${version} of the contract, this transport version 1: update the older of the two`
    expect(() => checkContractVersion(coreOf(version))).toThrow(new TransportError('ERR_CONTRACT_VERSION', text))
    expect(() => checkContractVersion(coreOf(version))).toThrow(
      expect.objectContaining({ code: 'ERR_CONTRACT_VERSION' }),
    )
  },
)
