/** All of them, in the order of the clauses they break. */
import { accountMutants } from './accounts.js'
import { deliveryMutants } from './delivery.js'
import { harnessMutants } from './harness-faults.js'
import { heloMutants } from './helo.js'
import { lifecycleMutants } from './lifecycle.js'
import type { Mutant } from './mutant.js'
import { pathMutants } from './paths.js'
import { pressureMutants } from './pressure.js'
import { sessionMutants } from './sessions.js'
import { stoppingMutants } from './stopping.js'

export const mutants: readonly Mutant[] = [
  ...lifecycleMutants,
  ...stoppingMutants,
  ...heloMutants,
  ...sessionMutants,
  ...deliveryMutants,
  ...harnessMutants,
  ...pressureMutants,
  ...pathMutants,
  ...accountMutants,
]
