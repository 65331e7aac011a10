/** Mutants of what is carried. */
import type { NodeId } from '@postern/crypto'
import type { Clock, MessagePack } from '@postern/transport-api'
import { placeOf, restate, unless, withLedger } from './means.js'
import { type Mutant, mutant } from './mutant.js'

/** More than its wire takes. */
const BOAST_OCTETS = 100

/** A clock by which whatever is due soon is due at once, from inside the call that sets it. */
function prompt(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (fire, delayMs) => {
      if (delayMs > 2) return clock.setTimer(fire, delayMs)
      fire()
      return { reset: () => {}, [Symbol.dispose]: () => {} }
    },
  }
}

export const deliveryMutants: readonly Mutant[] = [
  mutant({
    name: 'loses the flag',
    clause: 'P2.1/values',
    breaks: () => ({ receive: (mp) => ({ ...mp, isEncrypted: false }) }),
  }),
  mutant({
    name: 'keeps 31 bits of the crc',
    clause: 'P2.1/values',
    breaks: () => ({ receive: (mp) => ({ ...mp, crc: mp.crc & 0x7fff_ffff }) }),
  }),
  mutant({
    name: 'loses messages of no octets',
    clause: 'P2.1/values',
    breaks: () => ({ receive: (mp) => (mp.size === 0 ? null : mp) }),
  }),
  mutant({
    name: 'pads what is short',
    clause: 'P2.1/values',
    breaks: () => ({
      receive: (mp) => (mp.size === 2 ? { ...mp, size: 3, msg: Uint8Array.of(...mp.msg, 0) } : mp),
    }),
  }),
  mutant({
    name: 'delivers short messages twice',
    clause: 'P2.1/values',
    breaks: ({ core }) => ({
      receive: (mp) => {
        if (mp.size === 2) core.receive(mp)
        return mp
      },
    }),
  }),
  mutant({
    name: 'takes every message for one of the first sender',
    clause: 'P2.1/sender',
    breaks: () => {
      let first: NodeId | null = null
      return {
        receive: (mp) => {
          first ??= mp.sender
          return { ...mp, sender: first }
        },
      }
    },
  }),
  mutant({
    name: 'says it takes more than it does',
    clause: 'D2/mtu',
    breaks: () => ({
      members: (sound) => ({
        mtu: sound.mtu + BOAST_OCTETS,
        connect: async (...given) => {
          const tsession = await sound.connect(...given)
          return tsession.mtu === sound.mtu ? restate(tsession, { mtu: sound.mtu + BOAST_OCTETS }) : tsession
        },
        send: (tsession, message) => {
          const isTooMuch = message.size > sound.mtu && message.size <= sound.mtu + BOAST_OCTETS
          return isTooMuch || sound.send(tsession, message)
        },
      }),
    }),
  }),
  mutant({
    name: 'delivers large messages in halves',
    clause: 'D2/mtu',
    breaks: ({ core }) => ({
      receive: (mp) => {
        if (mp.size < 1_300) return mp
        const half = mp.size >> 1
        core.receive({ ...mp, msg: mp.msg.subarray(0, half), size: half })
        return { ...mp, msg: mp.msg.subarray(half), size: mp.size - half }
      },
    }),
  }),
  mutant({
    name: 'writes its own last octet over that of the largest message',
    clause: 'D2/mtu',
    breaks: () => ({
      receive: (mp) => {
        if (mp.size < 1_400) return mp
        const msg = mp.msg.slice()
        msg[msg.length - 1] = ~msg.at(-1)!
        return { ...mp, msg }
      },
    }),
  }),
  mutant({
    name: 'drops what is too large without a word',
    clause: 'D2/mtu',
    breaks: () => ({
      members: (sound) => ({
        send: (...given) =>
          unless(
            'ERR_MESSAGE_TOO_LARGE',
            () => sound.send(...given),
            () => false,
          ),
      }),
    }),
  }),
  mutant({
    name: 'does not ask what its peer takes',
    clause: 'D2/peer-mtu',
    breaks: () => ({
      members: (sound) => ({ connect: (helo, options) => sound.connect({ ...helo, mtu: sound.mtu }, options) }),
    }),
  }),
  mutant({
    name: 'takes any number for a crc',
    clause: 'D2/message-invalid',
    breaks: () => ({
      members: (sound) => ({
        send: (tsession, message) => sound.send(tsession, { ...message, crc: message.crc >>> 0 }),
      }),
    }),
  }),
  mutant({
    name: 'keeps the buffer of its caller',
    clause: 'P2.1/borrowed',
    breaks: (instance) => ({
      ...withLedger(instance),
      receive: (mp) => {
        const kept = instance.scene.sent[placeOf(instance, mp)]
        return kept === undefined ? mp : { ...mp, msg: kept.msg.slice() }
      },
    }),
  }),
  mutant({
    name: 'takes a slice for a copy, whatever it is a slice of',
    clause: 'P2.1/borrowed',
    breaks: (instance) => ({
      ...withLedger(instance, (msg) => msg.slice()),
      receive: (mp) => {
        const kept = instance.scene.sent[placeOf(instance, mp)]
        return kept === undefined ? mp : { ...mp, msg: new Uint8Array(kept.msg) }
      },
    }),
  }),
  mutant({
    name: 'sends the beginning of the buffer behind a view',
    clause: 'P2.1/borrowed',
    breaks: () => ({
      members: (sound) => ({
        send: (tsession, message) => {
          const { msg, size } = message
          const isWhole = msg.byteLength === size && msg.buffer.byteLength >= size
          return sound.send(tsession, isWhole ? { ...message, msg: new Uint8Array(msg.buffer, 0, size) } : message)
        },
      }),
    }),
  }),
  mutant({
    name: 'hands on every message in the same buffer',
    clause: 'P2.1/owned',
    breaks: () => {
      const room = new Uint8Array(2_000)
      return {
        receive: (mp) => {
          room.set(mp.msg)
          return { ...mp, msg: room.subarray(0, mp.size) }
        },
      }
    },
  }),
  mutant({
    name: 'delivers from inside send',
    clause: 'P2.1/no-reentry',
    networkClock: prompt,
  }),
  mutant({
    name: 'tells a refusal from inside send',
    clause: 'P2.1/no-reentry',
    breaks: ({ core }) => ({
      event: (e) => (e.kind === 'dropped' && e.direction === 'out' ? null : e),
      members: (sound) => ({
        send: (...given) => {
          const said = sound.send(...given)
          if (!said && sound.createHELO() !== null)
            // it runs
            core.event({ kind: 'dropped', direction: 'out', reason: 'refused', count: 1 })
          return said
        },
      }),
    }),
  }),
  mutant({
    name: 'says that it keeps the order and does not',
    clause: 'D2/ordered',
    style: 'stream',
    breaks: ({ core }) => {
      const waiting: MessagePack[] = []
      const deliver = (): void => {
        for (const mp of waiting.splice(0).reverse()) core.receive(mp)
      }
      return {
        receive: (mp) => {
          if (waiting.push(mp) === 1) queueMicrotask(deliver)
          return null
        },
      }
    },
  }),
  mutant({
    name: 'says that it is reliable and loses one in sixty',
    clause: 'D2/reliable',
    style: 'stream',
    breaks: () => {
      let count = 0
      return {
        receive: (mp) => {
          count += 1
          return count % 60 === 0 ? null : mp
        },
      }
    },
  }),
  mutant({
    name: 'promises to be faster than it is',
    clause: 'D2/latency',
    breaks: () => ({ members: (sound) => ({ traits: { ...sound.traits, maxLatencyMs: 1 } }) }),
  }),
]
