/** Who watches, and how they are told. A watcher that throws disturbs neither the others nor the transport that spoke. */
import type { Logger } from '@postern/transport-api'
import type { CoreEvent } from './core-event.js'
import { messageOf } from './errors.js'

export type Watcher = (event: CoreEvent) => void

export class EventHub {
  readonly #watchers = new Map<object, Watcher>()
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  /**
   * `first` is told before anything else, but not from inside this call: what happened before anybody could watch.
   * The same function may watch twice.
   */
  watch(watcher: Watcher, first: readonly CoreEvent[]): Disposable {
    const key = {}
    this.#watchers.set(key, watcher)
    if (first.length > 0) {
      queueMicrotask(() => {
        for (const event of first) if (this.#watchers.has(key)) this.#tell(watcher, event)
      })
    }
    return { [Symbol.dispose]: () => void this.#watchers.delete(key) }
  }

  /** Never throws. */
  emit(event: CoreEvent): void {
    const watchers = [...this.#watchers.values()] // one that begins to watch now hears of the next event
    for (const watcher of watchers) this.#tell(watcher, event)
  }

  clear(): void {
    this.#watchers.clear()
  }

  #tell(watcher: Watcher, event: CoreEvent): void {
    try {
      watcher(event)
    } catch (error) {
      this.#log.error('watcher.threw', { event: event.kind, error: messageOf(error) })
    }
  }
}
