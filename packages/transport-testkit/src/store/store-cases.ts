/**
 * What core needs of a store, as cases for any runner: `test(one.title, () => one.run(harness))`. What a store makes of octets that
 * rotted is not among them: it may load them as they are, leave them out, or reject; core passes over what it cannot read.
 */
import { endingCases } from './cases/endings.js'
import { orderCases } from './cases/order.js'
import { recordCases } from './cases/records.js'
import type { StoreCase } from './store-case.js'

/** In the order in which an author meets them. */
export const storeCases: readonly StoreCase[] = [...recordCases, ...orderCases, ...endingCases]
