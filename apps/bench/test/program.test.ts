import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../src/program.js'

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function cli(...values: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runCli(values, {
    script: '/nowhere',
    print(text) {
      out += text
    },
    complain(text) {
      err += text
    },
  })
  return { code, out, err }
}

const TINY = ['--messages', '5', '--runs', '1', '--warm-up', '0', '--cold', '0']

test.each([
  ['--sizes', '11,x', 'different whole numbers from 1 to 1048576, separated by commas'],
  ['--sizes', '0', 'from 1 to'],
  ['--sizes', '11,11', 'different whole numbers'],
  ['--sizes', '', 'whole numbers'],
  ['--transports', 'smtp', 'some of udp, tcp'],
  ['--transports', 'udp,udp', 'each once'],
  ['--messages', '0', 'a whole number from 1 to 1000000'],
  ['--runs', '1.5', 'a whole number from 1 to 10000'],
  ['--runs', '-1', 'a whole number from 1 to 10000'],
  ['--cold', 'many', 'a whole number from 0 to 10000'],
  ['--seed', '0x10', 'a whole number from 0 to 4294967295'],
])('latency %s %j is a usage error that says what is expected', async (option, value, expected) => {
  const { code, out, err } = await cli('latency', option, value)
  expect(code).toBe(2)
  expect(err).toContain(option)
  expect(err).toContain(expected)
  expect(out).toBe('')
})

test.each([
  [['latency', 'now'], 'too many arguments'],
  [['latency', '--fast'], "unknown option '--fast'"],
  [['latncy'], "unknown command 'latncy'"],
  [['latency', '--json', '--csv'], '--json, --csv: only one of them'],
  [['latency', '--json', join(folder, 'no', 'file.json')], '--json: '],
  [['latency', '--csv', folder], '--csv: '],
  [['link', '--transports', 'smtp-disk'], 'some of udp, tcp, smtp-memory'],
  [['link', '--runs', '0'], 'a whole number from 1 to 10000'],
  [['rivals'], "required option '--rival <script>'"],
  [['rivals', '--rival', 'x', '--runs', '9', '--warm-up', '9'], '--warm-up: 9 of 9 runs leave nothing'],
  [['heap', '--messages', '101'], '--messages: 101 is no multiple of 10'],
])('%j is a usage error', async (values, expected) => {
  const { code, err } = await cli(...values)
  expect(code).toBe(2)
  expect(err).toContain(expected)
})

test('a size that the transport does not take is a usage error, too', async () => {
  const latency = await cli('latency', ...TINY, '--transports', 'udp', '--sizes', '1435')
  expect(latency).toMatchObject({ code: 2, err: 'error: --sizes: 1435 octets do not fit udp; expected at most 1434\n' })
  const heap = await cli('heap', '--transports', 'udp', '--size', '1435', '--messages', '10')
  expect(heap).toMatchObject({ code: 2, err: 'error: --size: 1435 octets do not fit udp; expected at most 1434\n' })
})

test('what fails while measuring is exit code 1', async () => {
  const { code, err } = await cli('latency', ...TINY.slice(0, -1), '1', '--sizes', '11', '--transports', 'udp')
  expect(code).toBe(1)
  expect(err).toMatch(/^error: udp (ours|raw), 11 octets, cold: /)
})

test('--help and --version are fine', async () => {
  expect(await cli('latency', '--help')).toMatchObject({ code: 0, err: '' })
  expect((await cli('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('--json without a file gives JSON and nothing else', async () => {
  const { code, out } = await cli('latency', ...TINY, '--sizes', '11', '--transports', 'udp,tcp', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ figure: '5', rows: [{ transport: 'udp' }, { transport: 'tcp' }] })
})

test('with files, the terminal has the table', async () => {
  const [json, csv] = [join(folder, 'a.json'), join(folder, 'a.csv')]
  const values = ['latency', ...TINY, '--sizes', '11', '--transports', 'tcp', '--json', json, '--csv', csv]
  const { code, out } = await cli(...values)
  expect(code).toBe(0)
  expect(out).toMatch(/^Medians of 1 run of 5 messages \(tcp\)/m)
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ figure: '5', rows: [{ coldTotalMs: null }] })
  expect(readFileSync(csv, 'utf8')).toMatch(/^transport,bytes,/)
})

test('link: --json without a file gives JSON and nothing else, otherwise a table', async () => {
  const values = ['link', '--transports', 'udp', '--runs', '2', '--warm-up', '0', '--cold', '0']
  const { code, out } = await cli(...values, '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ figure: 'link', rows: [{ measure: 'early' }, {}, {}] })
  expect((await cli(...values)).out).toMatch(/^Medians of 2 runs and 0 cold processes \(udp\)/m)
})
