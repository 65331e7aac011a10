/**
 * smtp-server's parser, which can also tell whether anything follows the command that is being carried out. What follows
 * STARTTLS before the handshake was written by somebody in between (RFC 3207 section 6, CVE-2011-0411). Without two faults of
 * SMTPStream, too: mails in one piece stall it, and behind a line that is too long it goes on reading.
 */
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'

const LF = 0x0a
const NOTHING = Buffer.alloc(0)

export interface WatchfulParserOptions {
  readonly maxCommandLength: number
  readonly onCommand: (command: Buffer, callback?: () => void) => void
}

export class WatchfulParser extends SMTPStream {
  readonly #onCommand: WatchfulParserOptions['onCommand']
  /** The piece that is parsed, and how far: every command line ends at a line feed of this piece. */
  #piece: Buffer = NOTHING
  #at = 0
  /** Octets of the write under way, which may be parsed in several pieces. */
  #writeOctets = 0
  #isWriting = false

  constructor({ maxCommandLength, onCommand }: WatchfulParserOptions) {
    super({ maxCommandLength })
    this.#onCommand = onCommand
  }

  /** Has anything arrived behind the command that is being carried out? */
  get hasMore(): boolean {
    return this.#at < this.#piece.length || this.writableLength > this.#writeOctets
  }

  override oncommand(command: Buffer, callback?: () => void): void {
    this.#at = this.#piece.indexOf(LF, this.#at) + 1
    this.#onCommand(command, callback)
  }

  /** SMTPStream forgets the callback only after it ran, and with it the one of a next mail that ended meanwhile: a stall. */
  override continue(): void {
    const resume = this._continueCallback
    this._continueCallback = typeof resume !== 'function'
    if (typeof resume === 'function') resume()
  }

  override _write(chunk: Buffer, encoding: BufferEncoding | 'buffer', next: (error?: Error | null) => void): void {
    let done = next
    if (!this.#isWriting) {
      // Called by the stream itself, not by the parser for what is left of a write.
      this.#isWriting = true
      this.#writeOctets = chunk.length
      done = (error) => {
        this.#isWriting = false
        // The stream goes on with what it has queued, and the middle of a line that is too long is no command.
        if (error) this.isClosed = true
        next(error)
      }
    }
    this.#piece = chunk
    this.#at = 0
    super._write(chunk, encoding, done)
  }
}
