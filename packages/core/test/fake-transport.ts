/** A transport that does nothing but what a test tells it to, and remembers how it was called. */
import { type HeloDraft, protocolNumber } from '@postern/helo'
import type { CoreAPIForTransport, InitTransport, Message, Transport, TransportEnv } from '@postern/transport-api'

const FAKE_NUMBER = 40_000

export interface Behaviour {
  readonly number?: number
  readonly maxLatencyMs?: number
  readonly createHELO?: () => unknown
  readonly start?: () => Promise<void>
  readonly stop?: () => Promise<void>
  /** Members that replace those of the transport, to break its contract. */
  readonly members?: Readonly<Record<string, unknown>>
}

export interface Fake {
  readonly init: InitTransport
  /** `init`, `start` and `stop`, in the order in which they were called. */
  readonly calls: string[]
  /** What `init` was given. */
  core: CoreAPIForTransport
  env: TransportEnv
}

export function fakeTransport(behaviour: Behaviour = {}): Fake {
  const calls: string[] = []
  const fake = {
    calls,
    init: (core: CoreAPIForTransport, env: TransportEnv): Transport => {
      calls.push('init')
      Object.assign(fake, { core, env })
      return transportOf(behaviour, calls)
    },
  } as unknown as Fake
  return fake
}

export function draftOf(address: number, number = FAKE_NUMBER): HeloDraft {
  return { protocol: protocolNumber(number), mtu: 1200, senderAddressSize: 1, senderAddress: Uint8Array.of(address) }
}

function transportOf(behaviour: Behaviour, calls: string[]): Transport {
  const unused = (): never => {
    throw new Error('core does not call this yet')
  }
  return {
    protocolNumber: protocolNumber(behaviour.number ?? FAKE_NUMBER),
    mtu: 1200,
    cost: 100,
    traits: {
      directions: { in: true, out: true },
      reliable: false,
      ordered: false,
      sourceProven: false,
      maxLatencyMs: behaviour.maxLatencyMs ?? 1000,
      idleMs: 30_000,
    },
    counters: () => ({}),
    verifyHelo: unused,
    createHELO: (behaviour.createHELO as Transport['createHELO'] | undefined) ?? (() => null),
    connect: unused,
    send: unused as (tsession: unknown, message: Message) => never,
    associate: unused,
    disconnect: unused,
    startTransportServer: async () => {
      calls.push('start')
      await behaviour.start?.()
    },
    stopTransportServer: async () => {
      calls.push('stop')
      await behaviour.stop?.()
    },
    ...behaviour.members,
  }
}
