/** Pairs `connect` with `disconnect` by syntax: `await using hold = await holdSession(transport, helo)`. */
import type { Helo } from '@postern/helo'
import type { ConnectOptions, Transport, TSession } from './transport.js'

export interface SessionHold extends AsyncDisposable {
  readonly tsession: TSession
}

/** Dials `helo` and gives its hold back when disposed of, once. Rejects as `connect` does. */
export async function holdSession(transport: Transport, helo: Helo, options?: ConnectOptions): Promise<SessionHold> {
  const tsession = await transport.connect(helo, options)
  let held = true
  return {
    tsession,
    async [Symbol.asyncDispose]() {
      if (!held) return
      held = false
      await transport.disconnect(tsession)
    },
  }
}
