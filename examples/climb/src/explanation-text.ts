/** What a core explains of a peer, in one line. */
import type { Explanation } from '@postern/core'

export function explanationText({ state, paths, addresses }: Explanation): string {
  const ways = paths.map(({ transport, isUsed, isProven, isConfirmed, begunBy }) => {
    const marks = [
      ...(isUsed ? ['used'] : []),
      isProven ? 'proven' : 'not proven',
      isConfirmed ? 'confirmed' : 'not confirmed',
      `begun by ${begunBy}`,
    ]
    return `${transport} (${marks.join(', ')})`
  })
  const known = addresses.map(({ transport, from, validatedUntil }) => {
    const name = transport ?? 'of no transport of ours'
    return `${name} from ${from}${validatedUntil === null ? '' : ', validated'}`
  })
  return `link ${state}; paths: ${ways.join(', ') || 'none'}; addresses: ${known.join('; ') || 'none'}`
}
