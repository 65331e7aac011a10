/**
 * What clients say to our mail servers, up to commands and mails: smtp-server's parser as we use it, against a reader of the whole
 * input that knows no pieces. All in one turn of the event loop: what the parser puts off with setImmediate is done by hand.
 */
import assert from 'node:assert/strict'
import { type FuzzTarget, piecesOf, sizeClass } from '@postern/transport-testkit'
import { lineEndFault } from '../../src/mail/line-ends.js'
import { MailCollector } from '../../src/receiving/mail-collector.js'
import { WatchfulParser } from '../../src/receiving/watchful-parser.js'
import { crlf, MAIL_TEXT } from '../mail/samples.js'

const MAX_COMMAND_OCTETS = 64
/** Then the client is sent away, as the server does after `limits.commands`. */
const MAX_COMMANDS = 60
const MAX_OCTETS = 1_024

/** A command, a mail, or why the dialogue ended. */
type Step =
  | { readonly at: 'command'; readonly text: string /** Behind its line end, in the input. */; readonly end: number }
  | { readonly at: 'mail'; readonly mail: string }
  | { readonly at: 'too-long' | 'too-many' | 'open' | 'in-data' }

/** What the octets say, read at once. Null: a line that is as long as may be, whose CR the parser counts if it comes last in a piece. */
function expectedSteps(input: Buffer): Step[] | null {
  const steps: Step[] = []
  for (let at = 0, commands = 0; ; ) {
    const lf = input.indexOf('\n', at)
    const line = input.toString('latin1', at, lf === -1 ? input.length : lf)
    const text = lf === -1 ? line : line.replace(/\r$/, '')
    if (text.length <= MAX_COMMAND_OCTETS && line.length > MAX_COMMAND_OCTETS) return null
    if (text.length > MAX_COMMAND_OCTETS) return [...steps, { at: 'too-long' }]
    if (lf === -1) return [...steps, { at: 'open' }]
    commands += 1
    if (commands > MAX_COMMANDS) return [...steps, { at: 'too-many' }]
    at = lf + 1
    steps.push({ at: 'command', text, end: at })
    if (!isData(text)) continue
    const isEmpty = input.toString('latin1', at, at + 3) === '.\r\n'
    const end = isEmpty ? at : input.indexOf('\r\n.\r\n', at) + 2
    if (end === 1) return [...steps, { at: 'in-data' }]
    const body = input.toString('latin1', at, end).replace(/(^|\n)\.\./g, '$1.')
    steps.push(mailStep(Buffer.from(body, 'latin1')))
    at = end + 3
  }
}

const isData = (command: string): boolean => command.toUpperCase() === 'DATA'
/** Its handler answers later, as those that ask a rule do. */
const isSlow = (command: string): boolean => command.startsWith('A')

/** A mail with bare line ends is refused, so it does not matter which dots it lost. */
function mailStep(mail: Buffer): Step {
  return { at: 'mail', mail: lineEndFault(mail, 'crlf') ?? mail.toString('latin1') }
}

/** What our parser makes of the pieces. `isPatient`: it catches up after each piece, instead of after the last. */
function stepsOf(pieces: readonly Buffer[], isPatient: boolean, expected: readonly Step[]): Step[] {
  const steps: Step[] = []
  const later: (() => void)[] = []
  let written = 0
  let commands = 0
  const parser = new WatchfulParser({
    maxCommandLength: MAX_COMMAND_OCTETS,
    onCommand: (command, callback) => {
      const text = command.toString('latin1')
      commands += 1
      if (commands > MAX_COMMANDS) {
        if (!parser.isClosed) steps.push({ at: 'too-many' })
        parser.isClosed = true
        return callback?.()
      }
      const like = expected[steps.length]
      const end = like?.at === 'command' ? like.end : -1
      assert.equal(parser.hasMore, written > end, 'hasMore: does anything follow this command?')
      steps.push({ at: 'command', text, end })
      if (isData(text)) startData(parser, (mail) => steps.push(mailStep(mail)), later)
      if (isSlow(text)) later.push(() => callback?.())
      else callback?.()
    },
  })
  parser.on('error', () => {})
  const catchUp = (): void => {
    for (let task = later.shift(); task !== undefined; task = later.shift()) task()
  }
  const real = globalThis.setImmediate
  globalThis.setImmediate = ((task: () => void) => later.push(task)) as unknown as typeof setImmediate
  try {
    for (const piece of pieces) {
      written += piece.length
      parser.write(piece)
      if (isPatient) catchUp()
    }
    catchUp()
  } finally {
    globalThis.setImmediate = real
  }
  if (steps.at(-1)?.at === 'too-many') return steps
  if (parser.errored !== null) return [...steps, { at: 'too-long' }]
  assert.equal(parser.writableLength, 0, 'everything was parsed')
  return [...steps, { at: parser._dataMode ? 'in-data' : 'open' }]
}

/** A stream of no turns: what the parser writes is collected at once, and `continue` follows when it has returned. */
function startData(parser: WatchfulParser, onMail: (mail: Buffer) => void, later: (() => void)[]): void {
  parser.startDataMode()
  const collected: Buffer[] = []
  const write = (octets: Buffer): boolean => collected.push(Buffer.from(octets)) > 0
  const end = (octets?: Buffer): void => {
    if (octets !== undefined) write(octets)
    const collector = new MailCollector(MAX_OCTETS)
    for (const piece of collected) collector.push(piece)
    const outcome = collector.finish()
    onMail(outcome.at === 'mail' ? outcome.mail : Buffer.concat(collected))
    later.push(() => parser.continue())
  }
  const stream = { writable: true, destroyed: false, readableEnded: false, write, end, once: () => stream }
  parser._dataStream = stream as unknown as typeof parser._dataStream
}

/** As assert.deepEqual, in a tenth of the time where they are the same. */
function assertSame(actual: readonly Step[], expected: readonly Step[], message: string): void {
  const text = (steps: readonly Step[]): string =>
    steps
      .map(
        (step) =>
          `${step.at} ${'end' in step ? step.end : ''} ${'text' in step ? step.text : ''}${'mail' in step ? step.mail : ''}`,
      )
      .join('\n')
  if (text(actual) !== text(expected)) assert.deepEqual(actual, expected, message)
}

const HELLO = 'EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<me@inbox.example>\r\n'
const MAIL = crlf(MAIL_TEXT).toString('latin1').replace(/^\./gm, '..')

const smtpDialogue: FuzzTarget = {
  name: 'smtp-dialogue',
  maxOctets: MAX_OCTETS,
  tokens: [
    ...['\r\n', '\n', '\r', '.', '..', '\r\n.\r\n', '\n.\n', '\r\n..', '\r\n.\n', '\n.\r\n', '.\r\n', '\0', 'DATA\r\n'],
    ...[
      'QUIT\r\n',
      'NOOP\r\n',
      'RSET\r\n',
      'AUTH PLAIN AA==\r\n',
      'STARTTLS\r\n',
      'BDAT 3 LAST\r\n',
      'A\r\n',
      'x'.repeat(63),
    ],
  ].map((text) => Buffer.from(text)),
  seeds: () =>
    [
      `${HELLO}DATA\r\n${MAIL}.\r\nQUIT\r\n`,
      `${HELLO}STARTTLS\r\nEHLO client.example\r\n`,
      'AUTH PLAIN AA==\r\nNOOP\r\nDATA\r\n..dot\r\n...\r\n.\r\nDATA\r\n.\r\nQUIT\r\n',
    ].map((text) => Buffer.from(text, 'latin1')),
  feed(input) {
    const whole = Buffer.from(input)
    const expected = expectedSteps(whole)
    if (expected === null) return 'longest-line'
    const pieces = piecesOf(input).map((piece) => Buffer.from(piece))
    assertSame(stepsOf([whole], false, expected), expected, 'in one piece')
    assertSame(stepsOf(pieces, true, expected), expected, 'in pieces')
    assertSame(stepsOf(pieces, false, expected), expected, 'in pieces that pile up')
    const mails = expected.filter(({ at }) => at === 'mail').length
    return `${expected.at(-1)!.at}-${sizeClass(expected.length)}-${sizeClass(mails)}`
  },
}

export const dialogueTargets: readonly FuzzTarget[] = [smtpDialogue]
