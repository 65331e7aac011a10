/** The mail twin is only fair when its mails have the octets of ours. */
import { openSmtp } from '@postern/transport-smtp'
import { SMTPServer } from 'smtp-server'
import { expect, onTestFinished, test } from 'vitest'
import { mailOf } from '../src/bench-mail.js'
import { FILTER_LINE, MAILBOX } from '../src/bench-relay.js'

test.each([11, 407, 1221])('a mail of the twin with %i octets is as long as one of ours', async (octets) => {
  const lengths: number[] = []
  let arrived = (): void => {}
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, _session, taken) {
      let length = 0
      stream.on('data', (chunk: Buffer) => {
        length += chunk.length
      })
      stream.once('end', () => {
        lengths.push(length)
        taken()
        arrived()
      })
    },
  })
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as { port: number }
  const config = { address: MAILBOX, filter: FILTER_LINE, submit: `smtp://127.0.0.1:${port}`, submitSecurity: 'none' }
  const node = await openSmtp({ config: { ...config, inbox: 'listen://127.0.0.1:0' } })
  onTestFinished(() => node.close())
  const session = await node.connect(node.helo()!)
  session.send(new Uint8Array(octets))
  await arrival
  expect(lengths).toEqual([mailOf(octets).length])
})
