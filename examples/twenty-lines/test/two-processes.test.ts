/** The twenty lines as two processes run them, over one transport after the other. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { openPostOffice } from 'postern-stage'
import { expect, onTestFinished, test } from 'vitest'
import { bundle, type ProgramName } from './bundle.js'

const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8'] }
const NOTHING = { listen: ['127.0.0.1'], deny: ['127.0.0.0/8'], advertise: 'none' }

interface Program {
  readonly child: ChildProcess
  /** The next that it prints. */
  readonly next: () => Promise<string>
}

/** Starts programs of src/, which can reach each other by `open` alone. */
async function house(
  open: 'udp' | 'tcp' | 'smtp',
): Promise<(name: ProgramName, ...args: string[]) => Promise<Program>> {
  const office = await openPostOffice()
  onTestFinished(() => office.close())
  return async (name, ...args) => {
    const settings = {
      udp: open === 'udp' ? LOOPBACK : NOTHING,
      tcp: open === 'tcp' ? LOOPBACK : NOTHING,
      smtp: { ...office.settingsFor(`${name}@house.test`), ...(open !== 'smtp' && { deny: ['house.test'] }) },
    }
    const child = fork(await bundle(name), args, {
      env: { ...process.env, TWENTY_LINES: JSON.stringify(settings) },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    child.on('message', (told: { mailbox: string; port: number }) => office.handOver(told.mailbox, told.port))
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    return { child, next: async () => (await lines.next()).value ?? '(it ended)' }
  }
}

async function cardOf({ next }: Program): Promise<string> {
  const [, card] = /^give this to your friend: (postern:card:\S+)$/.exec(await next())!
  return card!
}

/** As by Ctrl-C, until it has gone. */
async function interrupted({ child }: Program): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGINT')
  await gone
}

for (const open of ['udp', 'tcp', 'smtp'] as const) {
  test(`5/program: two processes, one card, and hello crosses by ${open}`, async () => {
    const start = await house(open)
    const otherSide = await start('other-side')
    const friend = await start('friend', await cardOf(otherSide))
    await cardOf(friend)
    expect(await otherSide.next()).toMatch(new RegExp(`^[0-9A-Z]{8} ${open} hello$`))
    expect(await friend.next()).toMatch(new RegExp(`^[0-9A-Z]{8} ${open} hello to you$`))
    await Promise.all([interrupted(friend), interrupted(otherSide)])
    expect([friend.child.exitCode, otherSide.child.exitCode]).toEqual([0, 0])
  })
}

test('5/program: with `using` the same program ends by itself, and the node with it', async () => {
  const start = await house('udp')
  const otherSide = await start('other-side')
  const friend = await start('friend-using', await cardOf(otherSide))
  const left = once(friend.child, 'exit')
  expect(await otherSide.next()).toMatch(/^[0-9A-Z]{8} udp hello$/)
  expect(await friend.next()).toMatch(/^[0-9A-Z]{8} udp hello to you$/)
  expect(await left).toEqual([0, null])
})

test('5/program: what the README shows is the program, and it has twenty lines or so', () => {
  const text = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8')
  const program = text('../src/friend.ts').replace(/^\/\/ biome.*\n/, '')
  expect(/```ts\n([\s\S]*?)```/.exec(text('../README.md'))?.[1]).toBe(program)
})
