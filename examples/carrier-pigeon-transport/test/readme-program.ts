import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPigeon } from '../src/index.js'

const [encode, decode] = [
  (text: string) => new TextEncoder().encode(text),
  (b: Uint8Array) => new TextDecoder().decode(b),
]
const root = await mkdtemp(join(tmpdir(), 'lofts-'))
const bob = await openPigeon({
  config: { root, loft: 'bob' },
  async onMessage(m) {
    const back = await bob.connect(decode(m.body)) // a pigeon flies one way: where to answer stands in the message
    back.send(encode('hello to you'))
  },
})
const alice = await openPigeon({
  config: { root, loft: 'alice' },
  async onMessage(m) {
    console.log(m.from.slice(0, 8), 'says', decode(m.body))
    await Promise.all([alice.close(), bob.close()])
    await rm(root, { recursive: true })
  },
})
const session = await alice.connect(bob.helo()!) // a signed text that travels by mail, chat or QR code
if (!session.send(encode(alice.helo()!))) console.error('dropped', alice.transport.counters())
