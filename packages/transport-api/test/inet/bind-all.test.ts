import { expect, test } from 'vitest'
import {
  type Bound,
  bindAll,
  type InetAddress,
  silentLog,
  TransportError,
  type TransportErrorCode,
} from '../../src/index.js'

/** Binds in memory: `fail` names the failure of an endpoint, free ports count up from 5001. */
function binder(fail: (at: InetAddress) => TransportErrorCode | null = () => null) {
  const open = new Set<string>()
  const tried: string[] = []
  let free = 5000
  const bind = async (at: InetAddress): Promise<Bound> => {
    tried.push(`${at.host} ${at.port}`)
    const code = fail(at)
    if (code !== null) throw new TransportError(code, `no ${at.host}`)
    free += 1
    const address = { ...at, port: at.port === 0 ? free : at.port }
    const name = `${address.host} ${address.port}`
    open.add(name)
    return { address, close: async () => void open.delete(name) }
  }
  const run = (settings: Partial<{ listen: string[]; listenChosen: boolean; port: number }> = {}) =>
    bindAll({
      settings: { listen: ['0.0.0.0', '::'], listenChosen: false, port: 0, ...settings },
      log: silentLog,
      bind,
    })
  return { open, tried, run }
}

test('2/start: all addresses share one port, found at the first', async () => {
  const { open, run } = binder()
  const bound = await run()
  expect(bound.map(({ address }) => address)).toEqual([
    { family: 4, host: '0.0.0.0', port: 5001 },
    { family: 6, host: '::', port: 5001 },
  ])
  expect([...open]).toEqual(['0.0.0.0 5001', ':: 5001'])
})

test('2/start: all or nothing: when one fails, none stays bound', async () => {
  const { open, run } = binder(({ family }) => (family === 6 ? 'ERR_LISTEN_FORBIDDEN' : null))
  await expect(run({ port: 80 })).rejects.toMatchObject({ code: 'ERR_LISTEN_FORBIDDEN' })
  expect(open.size).toBe(0)
})

test('2/start: a free port that is taken at the second address is tried anew, a chosen one is not', async () => {
  const lucky = binder(({ family, port }) => (family === 6 && port < 5003 ? 'ERR_LISTEN_IN_USE' : null))
  expect((await lucky.run()).map(({ address }) => address.port)).toEqual([5003, 5003])
  expect([...lucky.open]).toEqual(['0.0.0.0 5003', ':: 5003'])
  const chosen = binder(({ family }) => (family === 6 ? 'ERR_LISTEN_IN_USE' : null))
  await expect(chosen.run({ port: 4001 })).rejects.toMatchObject({ code: 'ERR_LISTEN_IN_USE' })
  expect(chosen.tried).toEqual(['0.0.0.0 4001', ':: 4001'])
})

test('2/start: bad luck ends after some attempts, and nothing stays bound', async () => {
  const { open, run, tried } = binder(({ family }) => (family === 6 ? 'ERR_LISTEN_IN_USE' : null))
  await expect(run()).rejects.toMatchObject({ code: 'ERR_LISTEN_IN_USE' })
  expect(tried).toHaveLength(16)
  expect(open.size).toBe(0)
})

test('2/start: a family the machine lacks is left out, unless the operator chose it or nothing is left', async () => {
  const noIpv6 = ({ family }: InetAddress) => (family === 6 ? ('ERR_LISTEN_ADDRESS_UNAVAILABLE' as const) : null)
  expect(await binder(noIpv6).run()).toHaveLength(1)
  const unavailable = { code: 'ERR_LISTEN_ADDRESS_UNAVAILABLE' }
  await expect(binder(noIpv6).run({ listenChosen: true })).rejects.toMatchObject(unavailable)
  await expect(binder(() => 'ERR_LISTEN_ADDRESS_UNAVAILABLE').run()).rejects.toMatchObject(unavailable)
})

test('2/start: listening nowhere binds nothing', async () => {
  expect(await binder().run({ listen: [], listenChosen: true })).toEqual([])
})
