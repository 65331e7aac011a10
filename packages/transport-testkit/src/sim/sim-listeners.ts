/** Who listens at which address of a simulated network, and where whoever left an address is now. */
import type { SimListener } from './sim-packet.js'

export class SimListeners {
  readonly #listeners = new Map<string, SimListener>()
  /** Where the listener at an address went. */
  readonly #movedTo = new Map<string, string>()

  /** RangeError: the address is taken. */
  attach(address: string, listener: SimListener): Disposable {
    this.#checkFree(address)
    this.#listeners.set(address, listener)
    this.#movedTo.delete(address)
    return {
      [Symbol.dispose]: () => {
        const now = this.#whereNow(address)
        if (this.#listeners.get(now) === listener) this.#listeners.delete(now)
      },
    }
  }

  /** RangeError: the new address is taken. */
  move(address: string, to: string): void {
    const listener = this.#listeners.get(address)
    if (listener === undefined) return
    this.#checkFree(to)
    this.#listeners.delete(address)
    this.#listeners.set(to, listener)
    this.#movedTo.set(address, to)
    listener.moved?.(to)
  }

  at(address: string): SimListener | undefined {
    return this.#listeners.get(address)
  }

  /** Who listens there, or did before it moved. */
  whoWasAt(address: string): SimListener | undefined {
    return this.#listeners.get(this.#whereNow(address))
  }

  #whereNow(address: string): string {
    let now = address
    for (let next = this.#movedTo.get(now); next !== undefined; next = this.#movedTo.get(now)) now = next
    return now
  }

  #checkFree(address: string): void {
    if (this.#listeners.has(address)) throw new RangeError(`address ${address} is taken`)
  }
}
