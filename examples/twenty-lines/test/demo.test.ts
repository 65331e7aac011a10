/** The demo of `npm run demo:link` shows what it says: two meetings by mail, and talk that goes on by something quicker. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { bundle } from './bundle.js'

test('4/demo: both friends hear the first words by mail, the rest by udp and by tcp, and it ends by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [await bundle('demo')], { timeout: 15_000 })
  expect(stdout).toMatch(/ben +← anna +“hello ben” +smtp/)
  expect(stdout).toMatch(/ben +← anna +“indeed” +udp/)
  expect(stdout).toMatch(/clara +← anna +“hello clara” +smtp/)
  expect(stdout).toMatch(/clara +← anna +“indeed” +tcp/)
  expect(stdout).toMatch(/^smtp +2 /m)
  expect(stdout).not.toContain('\u001b') // no colours where nobody looks
})
