/** Mutants of advertisements. */
import { type HeloDraft, MAX_SENDER_ADDRESS_OCTETS } from '@postern/helo'
import type { Message, Transport } from '@postern/transport-api'
import { hasCode } from './means.js'
import { type Mutant, mutant } from './mutant.js'

const PROBE: Message = { msg: new Uint8Array(1), size: 1, isEncrypted: false, crc: 0 }

/** What it advertises, and one address more. */
function advertisesAlso(senderAddress: Uint8Array): (sound: Transport) => Partial<Transport> {
  return (sound) => ({
    createHELO: () => {
      const drafts = sound.createHELO()
      if (drafts === null) return null
      const another: HeloDraft = { ...drafts[0]!, senderAddress, senderAddressSize: senderAddress.byteLength }
      return [...drafts, another]
    },
  })
}

export const heloMutants: readonly Mutant[] = [
  mutant({
    name: 'advertises what it would not dial itself',
    clause: 'P2.2/helo-accepted',
    breaks: () => ({ members: advertisesAlso(new Uint8Array(65)) }),
  }),
  mutant({
    name: 'advertises an address at which nobody listens',
    clause: 'P2.2/helo-dialled',
    breaks: () => ({ members: advertisesAlso(new TextEncoder().encode('nowhere')) }),
  }),
  mutant({
    name: 'has an empty list instead of no advertisement',
    clause: 'P2.2/helo-null',
    breaks: () => ({
      members: (sound) => {
        let isRunning = false
        return {
          createHELO: () => sound.createHELO() ?? (isRunning ? [] : null),
          startTransportServer: async () => {
            isRunning = true
            await sound.startTransportServer()
          },
          stopTransportServer: async () => {
            isRunning = false
            await sound.stopTransportServer()
          },
        }
      },
    }),
  }),
  mutant({
    name: 'chokes on the longest address there can be',
    clause: 'D2/verify-total',
    breaks: () => ({
      members: (sound) => ({
        verifyHelo: (helo) => {
          if (helo.senderAddress.byteLength === MAX_SENDER_ADDRESS_OCTETS) throw new RangeError('too long')
          return sound.verifyHelo(helo)
        },
      }),
    }),
  }),
  mutant({
    name: 'takes every address for a good one',
    clause: 'D2/verify-refuses',
    breaks: () => ({
      members: (sound) => ({ verifyHelo: (helo) => helo.protocol === sound.protocolNumber }),
    }),
  }),
  mutant({
    name: 'dials addresses of other protocols',
    clause: 'D2/verify-refuses',
    breaks: () => ({
      members: (sound) => ({ verifyHelo: (helo) => sound.verifyHelo({ ...helo, protocol: sound.protocolNumber }) }),
    }),
  }),
  mutant({
    name: 'refuses an address without saying why',
    clause: 'D2/connect-refuses',
    breaks: () => ({
      members: (sound) => ({
        connect: (helo, options) =>
          sound.connect(helo, options).catch((error: unknown) => {
            throw hasCode(error, 'ERR_ADDRESS_MALFORMED') ? new Error('cannot connect') : error
          }),
      }),
    }),
  }),
  mutant({
    name: 'probes an address when it is asked to judge it',
    clause: 'D2/verify-quiet',
    breaks: () => ({
      members: (sound) => ({
        verifyHelo: (helo) => {
          const verdict = sound.verifyHelo(helo)
          if (verdict)
            void sound.connect(helo).then(
              (tsession) => sound.send(tsession, PROBE),
              () => {},
            )
          return verdict
        },
      }),
    }),
  }),
  mutant({
    name: 'names a destination that has no name',
    clause: 'D2/destinations',
    breaks: () => ({ members: () => ({ destinations: () => ['192.0.2.7', ''] }) }),
  }),
  mutant({
    name: 'knows no destination of what it would dial',
    clause: 'D2/destinations',
    breaks: () => ({ members: () => ({ destinations: () => [] }) }),
  }),
  mutant({
    name: 'chokes on addresses of which it shall name the destination',
    clause: 'D2/destinations',
    breaks: () => ({
      members: (sound) => ({
        destinations: (helo) => {
          if (!sound.verifyHelo(helo)) throw new RangeError('no address')
          return ['192.0.2.7']
        },
      }),
    }),
  }),
]
