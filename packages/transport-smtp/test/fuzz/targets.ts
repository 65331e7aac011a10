/** What this package makes of bytes and text from outside, for `npm run fuzz`. */
import type { FuzzTarget } from '@postern/transport-testkit'
import { addressTargets } from './address-targets.js'
import { dialogueTargets } from './dialogue-targets.js'
import { mailTargets } from './mail-targets.js'
import { settingsTargets } from './settings-targets.js'

export const targets: readonly FuzzTarget[] = [
  ...addressTargets,
  ...mailTargets,
  ...dialogueTargets,
  ...settingsTargets,
]
