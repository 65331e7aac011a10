/**
 * A world: machines with transports on a simulated network, boxes between them, a mail system, rules for who reaches whom, and a man
 * on the path. Everything follows from its seed and its clock: the same seed and the same program, the same trace.
 */
import { SeededRandom } from '../../seeded-random.js'
import { VirtualClock } from '../../virtual-clock.js'
import { CLEAR_LANE, type LaneConditions } from '../lane-conditions.js'
import { SimNetwork } from '../sim-network.js'
import { simPacket } from '../sim-packet.js'
import type { SimStyle } from '../sim-style.js'
import { type LaneEnd, LaneRules } from './lane-rules.js'
import { SimHost } from './sim-host.js'
import { SimMail } from './sim-mail.js'
import { SimNat, type SimNatOptions } from './sim-nat.js'
import { type TapHandler, Taps } from './taps.js'
import { TraceLog } from './trace-log.js'
import { WorldTime } from './world-time.js'
import { WorldWays } from './world-ways.js'

export interface SimWorldOptions {
  readonly seed: number
  readonly clock?: VirtualClock
  /** Of every lane without a rule of its own; not of mail. */
  readonly delayMs?: number
  /** False: only the digest. */
  readonly keepsTrace?: boolean
}

export interface ShapeScope {
  readonly from?: SimHost | string
  readonly to?: SimHost | string
  /** When left out datagrams and streams: a rule for letters says so. */
  readonly by?: SimStyle
  /** Also from `to` to `from`. True when left out. */
  readonly bothWays?: boolean
}

const DEFAULT_DELAY_MS = 20
const DEFAULT_LIMIT_MS = 60_000
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,23}$/

export class SimWorld {
  readonly clock: VirtualClock
  /** For whoever writes the run; the network has a stream of its own. */
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly mail: SimMail
  readonly #log: TraceLog
  readonly #ways: WorldWays
  readonly #rules: LaneRules
  readonly #taps: Taps
  readonly #time: WorldTime
  readonly #hosts = new Map<string, SimHost>()
  readonly #nats = new Map<string, SimNat>()

  constructor({ seed, clock = new VirtualClock(), delayMs = DEFAULT_DELAY_MS, keepsTrace = true }: SimWorldOptions) {
    this.clock = clock
    this.random = new SeededRandom(seed)
    this.#log = new TraceLog({ keepsLines: keepsTrace })
    this.#taps = new Taps(() => clock.monotonic())
    this.#time = new WorldTime(clock, () => this.describe())
    const lane = (): LaneConditions => ({ ...CLEAR_LANE, delayMs })
    const base = { datagram: lane, stream: lane, letter: () => this.mail.base }
    this.#rules = new LaneRules(base, () => this.#release())
    this.#ways = new WorldWays({ clock, rules: this.#rules, taps: this.#taps, mail: () => this.mail })
    const random = this.random.fork()
    this.network = new SimNetwork({ clock, random, trace: (line) => this.#log.add(line), ways: this.#ways })
    this.mail = new SimMail({
      clock,
      random: this.random.fork(),
      depart: (packet) => this.#ways.depart(packet),
      conditionsOf: (packet) => this.#ways.conditionsOf(packet),
      whenThere: (mailbox, act) => {
        const host = this.#ways.hostAt(mailbox)
        host?.whenUp(act)
        return host !== null
      },
      hand: (mailbox, from, bytes, how) => this.network.hand(mailbox, from, bytes, how),
      tell: (packet, fate) => this.network.tell(packet, fate),
    })
  }

  /** Every fate of every packet and letter, and what was done to machines and rules, one line each. */
  get trace(): readonly string[] {
    return this.#log.lines
  }

  /** 16 hexadecimal digits over all lines so far, also when they are not kept. */
  traceDigest(): string {
    return this.#log.digest()
  }

  /** A machine; its address is its name until it moves. RangeError: the name is none, or taken. */
  host(name: string, { behind = null }: { readonly behind?: SimNat | null } = {}): SimHost {
    this.#checkName(name)
    const host = new SimHost(
      name,
      {
        clock: this.clock,
        network: this.network,
        owns: (owner, mailbox) => this.#ways.addMailbox(owner, mailbox),
        moved: (moved) => {
          this.#ways.addHost(moved)
          this.#rules.changed()
        },
        note: (what) => this.#note(what),
      },
      behind,
    )
    this.#hosts.set(name, host)
    this.#ways.addHost(host)
    return host
  }

  get hosts(): readonly SimHost[] {
    return [...this.#hosts.values()]
  }

  /** A box, for machines to be behind. RangeError: the name is none, or taken. */
  nat(name: string, options: SimNatOptions): SimNat {
    this.#checkName(name)
    const onMapping = (inside: string, outside: string): void => this.#note(`${name} maps ${inside} to ${outside}`)
    const nat = new SimNat(name, options, { clock: this.clock, onMapping })
    this.#nats.set(name, nat)
    this.#ways.addNat(nat)
    return nat
  }

  /** From now on these conditions hold there, over those of earlier rules, until the rule is disposed of. */
  shape(scope: ShapeScope, conditions: Partial<LaneConditions>): Disposable {
    const from = scope.from === undefined ? null : nameOf(scope.from)
    const to = scope.to === undefined ? null : nameOf(scope.to)
    const { by, bothWays = true } = scope
    const isLane = (one: LaneEnd, other: LaneEnd): boolean =>
      (from === null || from === one) && (to === null || to === other)
    return this.#rule({
      text: `${from ?? '*'} ${bothWays ? '<>' : '>'} ${to ?? '*'} by ${by ?? 'datagram, stream'}: ${JSON.stringify(conditions)}`,
      conditions,
      holds: (one, other, style) =>
        (by === undefined ? style !== 'letter' : style === by) &&
        (isLane(one, other) || (bothWays && isLane(other, one))),
    })
  }

  /**
   * Nothing passes between the groups until it is disposed of; who is in none is not concerned. Mail waits for its end, unless `mail`
   * says that it passes.
   */
  partition(
    groups: readonly (readonly (SimHost | string)[])[],
    { mail = false }: { readonly mail?: boolean } = {},
  ): Disposable {
    const groupOf = new Map<LaneEnd, number>(
      groups.flatMap((group, at) => group.map((host) => [nameOf(host), at] as const)),
    )
    const isApart = (one: LaneEnd, other: LaneEnd): boolean => {
      const [here, there] = [groupOf.get(one), groupOf.get(other)]
      return here !== undefined && there !== undefined && here !== there
    }
    const text = `apart: ${groups.map((group) => group.map(nameOf).join(' ')).join(' | ')}`
    const rules = [
      this.#rule({
        text,
        conditions: { isBlocked: true },
        holds: (one, other, style) => style !== 'letter' && isApart(one, other),
      }),
    ]
    if (!mail)
      rules.push(
        this.#rule({
          text: `${text}, by letter`,
          conditions: { isHeld: true },
          holds: (one, other, style) => style === 'letter' && isApart(one, other),
        }),
      )
    return {
      [Symbol.dispose]: () => {
        for (const rule of rules) rule[Symbol.dispose]()
      },
    }
  }

  /** A man on the path: sees every packet and letter, and says what becomes of it. */
  tap(handler: TapHandler): Disposable {
    return this.#taps.add(handler)
  }

  /**
   * Puts octets on the path, as if they came from there: replays and forgeries. They take as long as others, and are neither lost
   * nor blocked; a box on the way judges them as it does others.
   */
  inject(
    from: string,
    to: string,
    bytes: Uint8Array,
    { style = 'datagram' }: { readonly style?: SimStyle } = {},
  ): void {
    const packet = simPacket(from, to, bytes.slice(), { inOrder: style === 'stream', style })
    if (style === 'letter') return this.mail.inject(packet)
    this.network.tell(packet, 'injected')
    const conditions = this.#ways.conditionsOf(packet)
    this.network.inject(packet, { conditions, seenFrom: from, bytes: packet.bytes, lateMs: 0 })
  }

  /** Lets time pass until `holds`. AssertionError: not within `limitMs`. */
  until(holds: () => boolean, limitMs: number = DEFAULT_LIMIT_MS): Promise<void> {
    return this.#time.until(holds, limitMs)
  }

  /** Lets so much time pass. */
  pass(ms: number): Promise<void> {
    return this.#time.pass(ms)
  }

  /** What `work` settles to. AssertionError: not within `limitMs`. */
  settled<T>(work: Promise<T>, limitMs: number = DEFAULT_LIMIT_MS): Promise<T> {
    return this.#time.settled(work, limitMs)
  }

  /** How it is now, for the message of a test that failed. */
  describe(): string {
    const { delayMs, jitterMs, lossChance, isDown } = this.mail
    return [
      `world at ${this.clock.monotonic().toFixed(3)} ms, ${this.#log.count} lines of trace`,
      ...this.hosts.map((host) => `  ${host.describe()}`),
      ...[...this.#nats.values()].map(({ name, kind, mappings }) => `  ${name}: ${kind}, ${mappings} mappings`),
      `  mail: ${delayMs} + ${jitterMs} ms, loses ${lossChance}${isDown ? ', down' : ''}`,
      ...this.#rules.texts.map((text) => `  ${text}`),
    ].join('\n')
  }

  #rule(rule: Parameters<LaneRules['add']>[0]): Disposable {
    this.#note(`rule ${rule.text}`)
    const added = this.#rules.add(rule)
    return {
      [Symbol.dispose]: () => {
        this.#note(`no more ${rule.text}`)
        added[Symbol.dispose]()
      },
    }
  }

  #release(): void {
    this.network.release()
    this.mail.release()
  }

  #note(what: string): void {
    this.#log.add(`${this.clock.monotonic().toFixed(3)} * ${what}`)
  }

  #checkName(name: string): void {
    if (!NAME.test(name)) throw new RangeError(`${name} is not a letter and at most 23 letters, digits, dashes`)
    if (this.#hosts.has(name) || this.#nats.has(name)) throw new RangeError(`name ${name} is taken`)
  }
}

function nameOf(host: SimHost | string): string {
  return typeof host === 'string' ? host : host.name
}
