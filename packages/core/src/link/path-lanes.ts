/**
 * Path ids are few, and a way that comes and goes is still the same way: whoever dials an address again, or comes again from the same
 * source, goes on with the id and the counter of the session before (DESIGN section 4: never twice for another path).
 */
import { addressKey } from '../peers/address-key.js'
import type { Path } from './path.js'

/** More than an epoch has path ids; those that are used least recently are forgotten. */
const MAX_LANES = 64

interface Lane {
  readonly place: string
  user: Path | null
}

export class PathLanes {
  /** Who was used last comes last. */
  #lanes: Lane[] = []
  /** By transport. */
  readonly #asking = new Map<string, object>()

  /** By which it is asked who is at a source: one for all sources of a transport, for whoever claims many shall not use up the ids. */
  asking({ carrier }: Path): object {
    const lane = this.#asking.get(carrier.name) ?? {}
    this.#asking.set(carrier.name, lane)
    return lane
  }

  /** One that no open path uses: of the same place, else a new one. */
  take(path: Path): object {
    const place = placeOf(path)
    const free = this.#lanes.find((lane) => lane.place === place && (lane.user === null || lane.user.isClosed))
    const lane = free ?? { place, user: path }
    lane.user = path
    this.#lanes = [...this.#lanes.filter((one) => one !== lane), lane].slice(-MAX_LANES)
    return lane
  }
}

function placeOf({ carrier, helo, tsession }: Path): string {
  const where = helo === null ? `from ${Buffer.from(tsession.source).toString('hex')}` : `to ${addressKey(helo)}`
  return `${carrier.name} ${where}`
}
