import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DeadlineHeap } from '../../src/link/deadline-heap.js'
import { WaitingMessage } from '../../src/link/waiting-message.js'

const dueAt = (deadlineMs: number) =>
  new WaitingMessage({ type: 256, body: new Uint8Array(0), priority: 0, deadlineMs })

test('4/the next deadline is first, whoever came and left before', () => {
  const steps = fc.array(
    fc.oneof(fc.record({ push: fc.nat(50) }), fc.record({ remove: fc.nat(40) }), fc.constant({ removeFirst: true })),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(steps, (acts) => {
      const heap = new DeadlineHeap()
      const model: WaitingMessage[] = []
      const forget = (waiting: WaitingMessage | null | undefined): void => {
        if (waiting == null) return
        heap.remove(waiting)
        heap.remove(waiting) // and nothing happens
        model.splice(model.indexOf(waiting), 1)
      }
      for (const act of acts) {
        if ('push' in act) heap.push(model[model.push(dueAt(act.push)) - 1]!)
        else forget('remove' in act ? model[act.remove] : heap.first)
        expect(heap.first?.deadlineMs ?? null).toBe(
          model.length === 0 ? null : Math.min(...model.map(({ deadlineMs }) => deadlineMs)),
        )
      }
    }),
  )
})
