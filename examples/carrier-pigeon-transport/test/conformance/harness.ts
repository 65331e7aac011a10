/** Worlds of pigeons for the conformance suite: a folder of lofts on the real disk, and a tower wherever a path has a fault. */
import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigSection } from '@postern/transport-api'
import type { ConformanceHarness, PathFault } from '@postern/transport-testkit'
import { FILE_HEADER_OCTETS, FILE_VERSION, MAX_FILE_OCTETS } from '../../src/constants.js'
import { inittransport_pigeon } from '../../src/index.js'
import { encodeLoftPath } from '../../src/loft-path.js'
import { Tower } from './tower.js'

/** Faster than anybody's disk needs, so that the suite does not wait for us. */
const POLL_MS = 3
/** Two looks, the longest that a tower holds a pigeon back, and a machine that has other things to do. */
const SETTLE_MS = 100
/** A path has one direction here; pieces and a cut are of streams. */
const FAULTS: readonly PathFault[] = ['delay', 'stall', 'loss', 'duplicate', 'reorder', 'one-way']

export const harness: ConformanceHarness = {
  package: 'postern-transport-pigeon',
  async openWorld({ random }) {
    const root = await mkdtemp(join(tmpdir(), 'postern-pigeon-'))
    const towers: Tower[] = []
    let instances = 0
    return {
      time: 'real',
      settleMs: SETTLE_MS,
      async make(core, env, { reachable }) {
        instances += 1
        const settings = { root, pollMs: POLL_MS, ...(reachable ? { loft: `loft-${instances}` } : {}) }
        return inittransport_pigeon(core, { ...env, config: new ConfigSection('pigeon', settings) })
      },
      unusableAddresses: unusableAddresses(root),
      garble: (senderAddress) => litter(new TextDecoder().decode(senderAddress)),
      async disturb(senderAddress, fault) {
        if (!FAULTS.includes(fault)) throw new RangeError(`pigeons know no ${JSON.stringify(fault)}`)
        const folder = join(root, `tower-${towers.length + 1}`)
        const target = new TextDecoder().decode(senderAddress)
        const tower = await Tower.open({ folder, target, fault, random })
        towers.push(tower)
        return { senderAddress: encodeLoftPath(folder), act: () => tower.act() }
      },
      async close() {
        await Promise.all(towers.map((tower) => tower.close()))
        await rm(root, { recursive: true })
      },
    }
  },
}

/** Each for a reason of its own; the last three are well-formed, and outside of the root. */
function unusableAddresses(root: string): readonly Uint8Array[] {
  const texts = [
    'loft',
    './loft',
    `${root}/../loft`,
    `${root}/loft/..`,
    `${root}/./loft`,
    `${root}//loft`,
    `${root}/loft/`,
    `${root}/lo\0ft`,
    `${root}/${'x'.repeat(512)}`,
    root,
    `${root}-2/loft`,
    '/',
  ]
  return [...texts.map(encodeLoftPath), Uint8Array.of(...encodeLoftPath(`${root}/`), 0xff)]
}

/** Files with the right suffix, none of which is one of ours. */
async function litter(loft: string): Promise<void> {
  const file = (version: number, flags: number, octets: number): Uint8Array => {
    const bytes = new Uint8Array(octets).fill(7)
    bytes.set([version, flags].slice(0, octets))
    return bytes
  }
  const files = [
    file(0, 0, 0),
    file(FILE_VERSION, 0, 1),
    file(FILE_VERSION, 0, FILE_HEADER_OCTETS - 1),
    file(0, 0, 100),
    file(FILE_VERSION + 1, 0, FILE_HEADER_OCTETS),
    file(FILE_VERSION, 2, 100),
    file(FILE_VERSION, 0x80, 100),
    file(FILE_VERSION, 0, MAX_FILE_OCTETS + 1),
  ]
  for (const [at, bytes] of files.entries()) await writeFile(join(loft, `litter-${at}.pigeon`), bytes)
  const giant = join(loft, 'giant')
  await writeFile(`${giant}.part`, '')
  await truncate(`${giant}.part`, 2 ** 32) // of nothing: it takes no room on the disk
  await rename(`${giant}.part`, `${giant}.pigeon`)
}
