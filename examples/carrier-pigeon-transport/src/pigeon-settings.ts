/** The settings of `[pigeon]`, read and judged once, without a look at the disk (README.md lists them). */
import { isAbsolute, resolve } from 'node:path'
import type { ConfigSection } from '@postern/transport-api'
import { DEFAULT_POLL_MS, MAX_POLL_MS, MIN_POLL_MS } from './constants.js'
import { decodeLoftPath, encodeLoftPath, isInside } from './loft-path.js'

export interface PigeonSettings {
  /** Absolute. Lofts are below it, ours and those that we write to. */
  readonly root: string
  /** Absolute; null: we send only. */
  readonly loft: string | null
  readonly pollMs: number
}

/** Throws ConfigError, which names section, key, expectation and value. */
export function readPigeonSettings(config: ConfigSection): PigeonSettings {
  const root = config.text('root')
  if (root === null || !isAbsolute(root) || root.includes('\0'))
    return config.refuse('root', 'the absolute path of the folder that all lofts are in')
  const loft = config.text('loft')
  const settings = {
    root: resolve(root),
    loft: loft === null ? null : resolve(root, loft),
    pollMs: config.integer('pollMs', { min: MIN_POLL_MS, max: MAX_POLL_MS, fallback: DEFAULT_POLL_MS }),
  }
  if (settings.loft !== null && !isLoft(settings.root, settings.loft))
    return config.refuse('loft', `the path of a folder inside \`root\` (${settings.root}), of at most 512 octets`)
  config.refuseUnknown()
  return settings
}

/** Others judge our address as we judge theirs: what we advertise must pass. */
function isLoft(root: string, loft: string): boolean {
  return decodeLoftPath(encodeLoftPath(loft)) === loft && isInside(root, loft)
}
