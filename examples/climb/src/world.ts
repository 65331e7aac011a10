/** Where the story happens: Anna, who can be dialled by a road that can be cut; Ben, who cannot be dialled; a post office for both. */
import type { CoreOptions } from '@postern/core'
import { inittransport_tcp } from '@postern/transport-tcp'
import { SeededRandom } from '@postern/transport-testkit'
import { inittransport_udp } from '@postern/transport-udp'
import { mailTelling, openPostOffice, type PostOffice } from 'postern-stage'
import { reservePort } from './reserve-port.js'
import { Road } from './road.js'

type Settings = Readonly<Record<string, unknown>>

/** Plain data, so that it can be handed to another process. */
export interface NodeSettings {
  readonly udp?: Settings
  readonly tcp?: Settings
  readonly smtp: Settings
}

export interface World extends AsyncDisposable {
  readonly office: PostOffice
  /** Anna's. */
  readonly road: Road
  /** Her port is kept free until then; to be called before she starts. */
  makeRoom(): Promise<void>
  readonly anna: NodeSettings
  readonly ben: NodeSettings
}

const HOST = '127.0.0.1'
const LOOPBACK = { listen: [HOST], allow: ['127.0.0.0/8'] }

export async function openWorld(seed = 1): Promise<World> {
  const { port, release } = await reservePort(HOST)
  const road = await Road.open({ target: { host: HOST, port }, random: new SeededRandom(seed) })
  const office = await openPostOffice()
  return {
    office,
    road,
    makeRoom: release,
    anna: {
      udp: { ...LOOPBACK, port, advertise: [road.addressOf('udp')] },
      tcp: { ...LOOPBACK, port, advertise: [road.addressOf('tcp')] },
      smtp: office.settingsFor('anna@climb.test'),
    },
    ben: {
      udp: { ...LOOPBACK, advertise: 'none' },
      tcp: { ...LOOPBACK, listen: [] },
      smtp: office.settingsFor('ben@climb.test'),
    },
    async [Symbol.asyncDispose]() {
      await release()
      await road.close()
      await office.close()
    },
  }
}

/** `handOver` is told where mail for the node is taken. */
export function transportsOf(
  settings: NodeSettings,
  handOver: (mailbox: string, port: number) => void,
): CoreOptions['transports'] {
  return {
    ...(settings.udp && { udp: { init: inittransport_udp, ...settings.udp } }),
    ...(settings.tcp && { tcp: { init: inittransport_tcp, ...settings.tcp } }),
    smtp: { init: mailTelling(handOver), ...settings.smtp },
  }
}
