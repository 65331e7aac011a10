import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { createRelay, openSmtp } from '../src/index.js'
import { bundleChild } from './fixtures/bundle-child.js'

test('5/openSmtp: a card printed by one process is all that another needs to write to it', async () => {
  const child = spawn(process.execPath, [await bundleChild('reader-child')], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Record<string, unknown>> => JSON.parse((await lines.next()).value as string)
  const { port, card, nodeId } = await next()

  const relay = await createRelay({
    durability: 'memory',
    routes: { '@right.test': `smtp://127.0.0.1:${Number(port)}` },
  })
  onTestFinished(() => relay.close())
  const submit = `smtp://127.0.0.1:${relay.address.port}`
  const writer = await openSmtp({ config: { address: 'writer@left.test', submit, submitSecurity: 'none' } })
  onTestFinished(() => writer.close())
  const session = await writer.connect(card as string)
  expect(session.peer).toBe(nodeId)
  expect(session.send(new TextEncoder().encode('through two hops'))).toBe(true)
  expect(await next()).toEqual({ from: writer.nodeId, text: 'through two hops' })
  child.stdin.end()
  expect((await once(child, 'exit'))[0]).toBe(0)
})
