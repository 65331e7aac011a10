/** Worlds of mail for the conformance suite: one relay on loopback, a listener for every mailbox, and paths that lie in the relay. */
import { createIdentity } from '@postern/crypto'
import { ConfigSection, type LogFields, type Logger, silentLog } from '@postern/transport-api'
import type { ConformanceHarness, PathFault } from '@postern/transport-testkit'
import { createRelay, inittransport_smtp } from '../../src/index.js'
import { decodeSmtpAddress, type SmtpAddress } from '../../src/mail/smtp-address.js'
import type { MailSender, SenderOptions } from '../../src/sending/mail-sender.js'
import { createNodemailerSender } from '../../src/sending/nodemailer-sender.js'
import { handOver, mailsWithoutMessages, UNUSABLE_SMTP_ADDRESSES } from './hostile-mail.js'
import { MAIL_FAULTS, type MailFault, MailPath } from './mail-path.js'

/** Two dialogues, one behind the other, and the longest that a path holds a mail back. */
const SETTLE_MS = 200
/** The suite has stopped the instances: what the relay still has can go nowhere. */
const RELAY_CLOSE_MS = 50

export const harness: ConformanceHarness = {
  package: '@postern/transport-smtp',
  async openWorld() {
    /** By mailbox. */
    const ports = new Map<string, number>()
    const paths = new Map<string, MailPath>()
    const createSender = (options: SenderOptions): MailSender => {
      const sender = createNodemailerSender(options, silentLog)
      return {
        send: (mail) => paths.get(mail.to)?.carry(mail, sender) ?? sender.send(mail),
        close: () => sender.close(),
      }
    }
    const routes = (mailbox: string): string | null => {
      const port = ports.get(mailbox)
      return port === undefined ? null : `smtp://127.0.0.1:${port}`
    }
    const relay = await createRelay({ durability: 'memory', routes, createSender, closeTimeoutMs: RELAY_CLOSE_MS })
    let instances = 0
    return {
      time: 'real',
      settleMs: SETTLE_MS,
      async make(core, env, { reachable }) {
        instances += 1
        const address = `node-${instances}@right.example`
        const settings = {
          address,
          submit: `smtp://127.0.0.1:${relay.address.port}`,
          submitSecurity: 'none',
          ...(reachable ? { inbox: 'listen://127.0.0.1:0' } : {}),
        }
        const log = listening(env.log, (port) => ports.set(address, port))
        return inittransport_smtp(core, { ...env, log, config: new ConfigSection('smtp', settings) })
      },
      unusableAddresses: UNUSABLE_SMTP_ADDRESSES,
      async garble(senderAddress) {
        const address = read(senderAddress)
        const mails = mailsWithoutMessages(address, createIdentity().nodeId)
        await handOver(ports.get(address.mailbox)!, address.mailbox, mails)
      },
      async disturb(senderAddress, fault) {
        if (!isMailFault(fault)) throw new RangeError(`mails know no ${JSON.stringify(fault)}: that is of streams`)
        const path = new MailPath(fault)
        paths.set(read(senderAddress).mailbox, path)
        return { senderAddress, act: () => path.act() }
      },
      async close() {
        for (const path of paths.values()) path.close()
        await relay.close()
      },
    }
  },
}

/** The log of an instance, read along: with port 0 nothing else tells where its listener stands. */
function listening(log: Logger, onPort: (port: number) => void): Logger {
  return {
    debug: (event, fields) => log.debug(event, fields),
    info: (event: string, fields?: LogFields) => {
      if (event === 'mail.listening') onPort(Number(fields?.port))
      log.info(event, fields)
    },
    warn: (event, fields) => log.warn(event, fields),
    error: (event, fields) => log.error(event, fields),
  }
}

function isMailFault(fault: PathFault): fault is MailFault {
  return MAIL_FAULTS.some((known) => known === fault)
}

function read(senderAddress: Uint8Array): SmtpAddress {
  const decoded = decodeSmtpAddress(senderAddress)
  if (!decoded.ok) throw new RangeError(`no address of an instance: ${decoded.fault}`)
  return decoded.value
}
