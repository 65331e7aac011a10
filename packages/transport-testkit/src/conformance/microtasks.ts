/** How many promises may hang on one another between two events of a simulated world. */
export const MICROTASK_TURNS = 25

/** Lets promises settle, so many one after the other, without a timer. */
export async function microtasks(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
}
