/** Start and stop of a transport run one after the other, in the order in which they were called, whatever came of the last. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Settles as `work` does. */
  take(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }
}
