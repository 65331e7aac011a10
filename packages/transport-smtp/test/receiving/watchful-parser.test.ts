import { expect, test } from 'vitest'
import { WatchfulParser } from '../../src/receiving/watchful-parser.js'
import { openServer } from './harness.js'

const MAIL = 'MAIL FROM:<>\r\nRCPT TO:<x@test.example>\r\nDATA\r\nbody\r\n.\r\n'

test('5/listener: mails that come in one piece, without waiting for a 354, are taken one by one', async () => {
  const { connect, mails } = await openServer()
  const client = connect()
  client.socket.write(`EHLO client.example\r\n${MAIL.repeat(3)}NOOP\r\n`)
  // greeting, EHLO, four for each mail, NOOP
  const replies = await client.replies(15)
  expect(replies.at(-1)).toMatch(/^250/)
  expect(mails.map(({ mail }) => mail.toString())).toEqual(['body\r\n', 'body\r\n', 'body\r\n'])
})

test('5/limits: what follows a line that is too long is no command, though it waited in the queue already', () => {
  const commands: string[] = []
  const held: (() => void)[] = []
  const parser = new WatchfulParser({
    maxCommandLength: 8,
    onCommand: (command, callback) => {
      commands.push(command.toString())
      if (callback !== undefined) held.push(callback)
    },
  })
  parser.on('error', () => {})
  for (const piece of ['SLOW\r\n', 'x'.repeat(9), 'KILL\r\n', 'MAIL\r\n']) parser.write(Buffer.from(piece))
  for (let release = held.shift(); release !== undefined; release = held.shift()) release()
  expect(parser.errored?.message).toBe('Command line too long')
  expect(commands).toEqual(['SLOW'])
})
