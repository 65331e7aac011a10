// js-libp2p as `postern-bench rivals` asks for it: KIND RUNS. Runs from .cache/rivals, where its packages are. Answers as
// apps/bench/src/link/sample-protocol.ts says: ms from dialProtocol() of a known address to the first octet at the other's handler.
import { readFileSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'

const PROTOCOL = '/bench/1.0.0'
const PACKAGES = ['libp2p', '@libp2p/tcp', '@chainsafe/libp2p-noise', '@chainsafe/libp2p-yamux']
/** As ours. */
const MESSAGE_OCTETS = 11

/** `optimistic`: the message leaves together with the name of the protocol. */
const OPTIONS = { default: {}, optimistic: { negotiateFully: false } }

const [kind, runs] = process.argv.slice(2)
const options = OPTIONS[kind]
if (options === undefined) throw new Error(`nothing is measured as ${kind}`)

const samples = []
for (let run = 0; run < Number(runs); run += 1) samples.push(await link())
const versions = Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)]))
process.stdout.write(`${JSON.stringify({ samples, versions })}\n`, () => process.exit())

/** New nodes with new keys, each listening, as ours. */
async function link() {
  const [near, far] = await Promise.all([openNode(), openNode()])
  const { promise: arrival, resolve: arrived } = Promise.withResolvers()
  await far.handle(PROTOCOL, (stream) => stream.addEventListener('message', () => arrived(performance.now())))
  const [address] = far.getMultiaddrs()
  await nextTurn()
  const from = performance.now()
  const stream = await near.dialProtocol(address, PROTOCOL, options)
  const ready = performance.now()
  stream.send(new Uint8Array(MESSAGE_OCTETS))
  const at = await arrival
  await Promise.all([near.stop(), far.stop()])
  return { ready: ready - from, 'first-byte': at - from, 'since-start': at }
}

function openNode() {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  })
}

function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version
}
