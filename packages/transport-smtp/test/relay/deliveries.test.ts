import { silentLog, systemClock, systemRandom } from '@postern/transport-api'
import { expect, test } from 'vitest'
import { Deliveries } from '../../src/relay/deliveries.js'

test('5/relay: while mails under way are finished, no new route is opened', async () => {
  const opened: string[] = []
  let finish = (): void => {}
  const deliveries = new Deliveries({
    connections: 1,
    expiryMs: 60_000,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    maxRoutes: 8,
    maxMailsPerRoute: 8,
    createSender: ({ key }) => {
      opened.push(key)
      return {
        send: () =>
          new Promise((resolve) => {
            finish = () => resolve({ at: 'accepted' })
          }),
        close: async () => finish(),
      }
    },
    read: async () => Buffer.from('hi\r\n'),
    settle: async () => {},
    onRetry: () => {},
  })
  const add = (key: string): void =>
    deliveries.add(
      { id: key, from: '', to: 'b@x', acceptedAt: systemClock.now(), octets: 4 },
      { key, protocol: 'smtp', host: 'h', port: 1 },
    )
  add('one')
  const closed = deliveries.close(false, 20, systemClock)
  add('two')
  await closed
  expect(opened).toEqual(['one'])
})
