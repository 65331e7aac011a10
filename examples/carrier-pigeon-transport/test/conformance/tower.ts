/** A tower on the way: pigeons land in its folder, and it lets them fly on, or does whatever the path's fault is. */
import { copyFile, mkdir, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock, type Timer } from '@postern/transport-api'
import type { PathFault, SeededRandom } from '@postern/transport-testkit'

const LOOK_MS = 3
/** Of what is late. The suite wants at least 20. */
const DELAY_MS = 30

export interface TowerOptions {
  readonly folder: string
  /** The loft behind it. */
  readonly target: string
  readonly fault: PathFault
  readonly random: SeededRandom
}

export class Tower {
  readonly #options: TowerOptions
  readonly #timer: Timer
  /** When the pigeons that have landed fly on. */
  readonly #dueMs = new Map<string, number>()
  #look: Promise<void> = Promise.resolve()
  #hasActed = false
  #isOpen = true

  private constructor(options: TowerOptions) {
    this.#options = options
    this.#timer = systemClock.setTimer(() => {
      this.#look = this.#lookThrough()
    }, LOOK_MS)
  }

  static async open(options: TowerOptions): Promise<Tower> {
    await mkdir(options.folder)
    return new Tower(options)
  }

  /** `stall` begins; every other fault is over. */
  act(): void {
    this.#hasActed = true
  }

  async close(): Promise<void> {
    this.#isOpen = false
    this.#timer[Symbol.dispose]()
    await this.#look
  }

  async #lookThrough(): Promise<void> {
    const { folder } = this.#options
    for (const name of await readdir(folder)) {
      if (!this.#isOpen) return
      if (!name.endsWith('.pigeon') || this.#isStalled()) continue
      const now = systemClock.monotonic()
      const dueMs = this.#dueMs.get(name) ?? now + this.#holdMs()
      this.#dueMs.set(name, dueMs)
      if (dueMs <= now) await this.#letGo(name)
    }
    this.#timer.reset(LOOK_MS)
  }

  #isStalled(): boolean {
    return this.#hasActed && this.#options.fault === 'stall'
  }

  #holdMs(): number {
    const { fault, random } = this.#options
    if (this.#hasActed) return 0
    if (fault === 'delay') return DELAY_MS
    return fault === 'reorder' ? random.below(2) * DELAY_MS : 0
  }

  async #letGo(name: string): Promise<void> {
    const { folder, target, fault, random } = this.#options
    const [from, to] = [join(folder, name), join(target, name)]
    this.#dueMs.delete(name)
    if (!this.#hasActed && fault === 'loss' && random.chance(0.5)) return unlink(from)
    if (!this.#hasActed && fault === 'duplicate') {
      await copyFile(from, `${to}.twin`)
      await rename(`${to}.twin`, join(target, `twin-${name}`))
    }
    await rename(from, to)
  }
}
