/** The HELOs of a handshake: ours that go into it, and the peer's that came out of it. */
import { type Helo, heloCodec, MAX_HELOS_IN_HANDSHAKE, MESSAGE_TYPE, type PlainMessage } from '@postern/helo'
import type { LinkContext } from './link-context.js'

/** The cheapest first. */
export function ownHelos(context: Pick<LinkContext, 'ownHelos'>): readonly PlainMessage[] {
  const helos = context.ownHelos().slice(0, MAX_HELOS_IN_HANDSHAKE)
  return helos.map((helo) => ({ type: MESSAGE_TYPE.HELO, body: heloCodec.encode(helo) }))
}

/** Their owner said so itself. */
export function learn({ book, clock }: Pick<LinkContext, 'book' | 'clock'>, helos: readonly Helo[]): void {
  for (const helo of helos) book.add(helo, 'owner', clock.now())
}
