// One target of `npm run fuzz`, in a thread of its own (fuzz.mjs starts it): an input that never comes back can be ended, and the
// memory measured is this target's alone. Says `started` and, at the end, `done`.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

const { bundle, name, seed, inputs, corpus, shared } = workerData
/** Written before each input: how many there were, how long this one is, and its octets. */
const progress = new Uint32Array(shared, 0, 2)
const current = new Uint8Array(shared, 8)
/** Between two looks at the event loop, where streams under test leave what they put off. */
const SLICE_INPUTS = 256
/** Of the inputs, when memory is measured: after warming up, half-way from there, at the end. */
const MEASURED_AT = [0.1, 0.55, 1]

process.setSourceMapsEnabled(true) // what failed is to be found in the sources
const { targets, FuzzRun } = await import(bundle)
const target = targets.find((one) => one.name === name)
const run = new FuzzRun(target, { seed, corpus, onInput })
parentPort.postMessage({ at: 'started', maxOctets: target.maxOctets })

const heap = []
const started = performance.now()
let failure = null
for (const share of MEASURED_AT) {
  const goal = Math.round(inputs * share)
  while (run.inputs < goal && failure === null) {
    failure = run.step(Math.min(SLICE_INPUTS, goal - run.inputs))
    await nextTurn()
  }
  heap.push(await heapOctets())
}
parentPort.postMessage({
  at: 'done',
  inputs: run.inputs,
  seconds: (performance.now() - started) / 1_000,
  outcomes: Object.fromEntries([...run.outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
  heap,
  discoveries: run.discoveries.map(({ input }) => input),
  failure: failure && { ...failure, error: failure.error.stack ?? String(failure.error) },
})

function onInput(input) {
  current.set(input)
  progress[1] = input.length
  Atomics.add(progress, 0, 1)
}

/** What is in use after everything that can be freed was; what the run itself keeps of its inputs is not the target's. */
async function heapOctets() {
  for (let time = 0; time < 3; time += 1) {
    await nextTurn()
    globalThis.gc()
  }
  const { heapUsed, external } = process.memoryUsage() // arrayBuffers are part of external
  return heapUsed + external - run.foundOctets
}
