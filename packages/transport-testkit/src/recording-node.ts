/** An instance of a transport with a recording core, for the tests of its own that no clause of the suite can be. */
import type { Helo } from '@postern/helo'
import {
  ConfigSection,
  type InitTransport,
  silentLog,
  systemClock,
  systemRandom,
  type Transport,
  type TransportEnv,
} from '@postern/transport-api'
import { RecordingCore } from './recording-core.js'

export interface RecordingNode {
  readonly core: RecordingCore
  readonly transport: Transport
  /** Its first advertisement, signed. Error: it has none. */
  helo(): Helo
}

export interface RecordingNodeOptions {
  /** Of the configuration section. */
  readonly name: string
  /** What stands in that section; nothing when left out. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** The machine's time and chance, and no log, where they are left out. */
  readonly env?: Partial<Omit<TransportEnv, 'config'>>
}

/** Not started; whoever asks for it stops it. Rejects as its init does, and when that gives null. */
export async function recordingNode(
  init: InitTransport,
  { name, settings = {}, env = {} }: RecordingNodeOptions,
): Promise<RecordingNode> {
  const core = new RecordingCore()
  const given = { clock: systemClock, random: systemRandom, log: silentLog, ...env }
  const transport = await init(core, { ...given, config: new ConfigSection(name, settings) })
  if (transport === null) throw new Error('init gave null')
  const helo = (): Helo => {
    const [draft] = transport.createHELO() ?? []
    if (draft === undefined) throw new Error('nobody can reach this instance: it advertises nothing')
    return core.helo(draft)
  }
  return { core, transport, helo }
}
