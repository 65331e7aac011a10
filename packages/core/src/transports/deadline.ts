/** Somebody else's code is waited for, but not for ever. */
import type { Clock } from '@postern/transport-api'
import { CoreError } from '../errors.js'

export interface Deadline {
  readonly clock: Clock
  readonly limitMs: number
  /** Who is waited for, for the operator: `transport udp (…): startTransportServer`. */
  readonly what: string
}

/** Settles as `work` does, also when it throws at once; rejects with ERR_TRANSPORT_TIMEOUT when it takes longer. */
export function withDeadline<T>({ clock, limitMs, what }: Deadline, work: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(() => {
      reject(new CoreError('ERR_TRANSPORT_TIMEOUT', `${what} did not settle within ${limitMs / 1000} s`))
    }, limitMs)
    const running = new Promise<T>((settle) => settle(work()))
    void running.then(resolve, reject).finally(() => timer[Symbol.dispose]())
  })
}
