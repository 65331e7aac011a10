// biome-ignore-all lint/suspicious/noConsole: a program for a terminal
import { createCore, createIdentity } from '@postern/core'
import { inittransport_smtp } from '@postern/transport-smtp'
import { inittransport_tcp } from '@postern/transport-tcp'
import { inittransport_udp } from '@postern/transport-udp'
import { here } from './here.js'

const CHAT = 0x8001 // private range
const core = await createCore({
  identity: createIdentity(),
  transports: {
    udp: { init: inittransport_udp, ...here.udp }, // free port, IPv4 and IPv6
    tcp: { init: inittransport_tcp, ...here.tcp },
    smtp: {
      init: inittransport_smtp,
      address: 'me@example.org',
      submit: 'smtps://me@mail.example.org',
      inbox: 'imaps://me@mail.example.org',
      ...here.smtp,
    },
  },
})
console.log('give this to your friend:', core.card())
core.on(CHAT, (m) => console.log(m.peer.slice(0, 8), m.path.transport, new TextDecoder().decode(m.body)))
const friend = core.link(core.addCard(process.argv[2]!)) // dials what is cheapest, climbs by itself
await friend.ready({ signal: AbortSignal.timeout(120_000) })
if (!friend.send(CHAT, new TextEncoder().encode('hello'))) console.error('dropped:', core.explain(friend.peer))
process.once('SIGINT', () => void core.close())
