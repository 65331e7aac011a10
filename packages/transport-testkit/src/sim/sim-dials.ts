/** Dials of a simulated stream that nobody has answered yet: each ends with an answer, a refusal, an abort or after ten seconds. */
import { type Clock, type Timer, TransportError, type TSession } from '@postern/transport-api'

const CONNECT_TIMEOUT_MS = 10_000

export interface SimDial {
  readonly address: string
  readonly mtu: number
  settle(outcome: TSession | TransportError): void
}

export class SimDials {
  readonly #clock: Clock
  /** By what the answer will carry. */
  readonly #dials = new Map<number, SimDial>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(
    { address, mtu, answer }: { readonly address: string; readonly mtu: number; readonly answer: number },
    signal: AbortSignal | undefined,
  ): Promise<TSession> {
    return new Promise((resolve, reject) => {
      let timer: Timer | null = null
      const onAbort = (): void =>
        dial.settle(new TransportError('ERR_ABORTED', 'connect was aborted', { cause: signal?.reason }))
      const dial: SimDial = {
        address,
        mtu,
        settle: (outcome) => {
          this.#dials.delete(answer)
          timer?.[Symbol.dispose]()
          signal?.removeEventListener('abort', onAbort)
          if (outcome instanceof TransportError) reject(outcome)
          else resolve(outcome)
        },
      }
      timer = this.#clock.setTimer(() => {
        dial.settle(new TransportError('ERR_CONNECT_TIMEOUT', `no answer within ${CONNECT_TIMEOUT_MS} ms`))
      }, CONNECT_TIMEOUT_MS)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#dials.set(answer, dial)
    })
  }

  /** The dial that this answer is for; null: none, or it comes from somebody else. */
  answered(from: string, answer: number): SimDial | null {
    const dial = this.#dials.get(answer)
    return dial?.address === from ? dial : null
  }

  stop(): void {
    for (const dial of this.#dials.values()) dial.settle(new TransportError('ERR_ABORTED', 'the transport was stopped'))
  }
}
