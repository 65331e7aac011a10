/** Who gets which type of message (PROTOCOL-NUMBERS.md). One handler for a type; what it throws stays here. */
import { FIRST_APPLICATION_TYPE, type MessageType } from '@postern/helo'
import type { Logger } from '@postern/transport-api'
import { CoreError, messageOf } from '../errors.js'
import type { HandlerOptions, MessageHandler, ReceivedMessage } from './received-message.js'

const LAST_TYPE = 0xffff

interface Registration {
  readonly handler: MessageHandler
  readonly acceptUnproven: boolean
}

export class Dispatcher {
  readonly #registrations = new Map<MessageType, Registration>()
  readonly #log: Logger
  #rejected = 0

  constructor(log: Logger) {
    this.#log = log
  }

  /** Throws ERR_TYPE_INVALID, ERR_TYPE_TAKEN. */
  on(type: MessageType, handler: MessageHandler, { acceptUnproven = false }: HandlerOptions = {}): Disposable {
    if (!Number.isInteger(type) || type < FIRST_APPLICATION_TYPE || type > LAST_TYPE) {
      const text = `message type ${type} is not from ${FIRST_APPLICATION_TYPE} to ${LAST_TYPE}: the lower ones are the core's own`
      throw new CoreError('ERR_TYPE_INVALID', text)
    }
    if (this.#registrations.has(type)) {
      throw new CoreError('ERR_TYPE_TAKEN', `message type ${type} has a handler; dispose of its registration first`)
    }
    const registration: Registration = { handler, acceptUnproven }
    this.#registrations.set(type, registration)
    return {
      [Symbol.dispose]: () => {
        if (this.#registrations.get(type) === registration) this.#registrations.delete(type)
      },
    }
  }

  /** null: the handler had it. Otherwise why not. Never throws. */
  dispatch(message: ReceivedMessage): 'no-handler' | 'unproven' | 'handler-threw' | null {
    const registration = this.#registrations.get(message.type)
    if (registration === undefined) return 'no-handler'
    if (!message.proven && !registration.acceptUnproven) return 'unproven'
    try {
      this.#observe(registration.handler(message), message)
      return null
    } catch (error) {
      this.#complain('handler.threw', message, error)
      return 'handler-threw'
    }
  }

  /** Handlers that were async and rejected: the message was handed on, so it is not counted as dropped. */
  get rejected(): number {
    return this.#rejected
  }

  /** An async handler fits the type of one that returns nothing; its rejection must not end the process. */
  #observe(returned: unknown, message: ReceivedMessage): void {
    if (!(returned instanceof Promise)) return
    returned.catch((error: unknown) => {
      this.#rejected += 1
      this.#complain('handler.rejected', message, error)
    })
  }

  #complain(event: string, { type, path }: ReceivedMessage, error: unknown): void {
    this.#log.error(event, { type, transport: path.transport, error: messageOf(error) })
  }
}
