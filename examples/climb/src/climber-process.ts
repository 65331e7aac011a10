/**
 * A climber as a process of its own, for the tests: CLIMB holds its settings as JSON; its parent gives orders and hears notes over
 * the channel between them. Ends when told to, or when the parent has gone.
 */
import type { NodeId } from '@postern/core'
import { Climber } from './climber.js'
import type { Note } from './note.js'
import { type NodeSettings, transportsOf } from './world.js'

export interface ClimberSettings {
  readonly settings: NodeSettings
  readonly everyMs: number
}

/** What the parent says. */
export type Order =
  | { readonly order: 'befriend'; readonly card: string }
  | { readonly order: 'hush' }
  | { readonly order: 'close' }

/** What the parent hears. */
export type Word =
  | { readonly word: 'mailbox'; readonly mailbox: string; readonly port: number }
  | { readonly word: 'ready'; readonly nodeId: NodeId; readonly card: string }
  | { readonly word: 'note'; readonly note: Note }

const say = (word: Word): void => {
  if (process.connected) process.send?.(word)
}
const { settings, everyMs }: ClimberSettings = JSON.parse(process.env.CLIMB ?? '{}')
const climber = await Climber.start({
  transports: transportsOf(settings, (mailbox, port) => say({ word: 'mailbox', mailbox, port })),
  everyMs,
  onNote: (note) => say({ word: 'note', note }),
})

async function close(): Promise<void> {
  await climber.close()
  if (process.connected) process.disconnect()
}

process.on('message', (order: Order) => {
  if (order.order === 'befriend') climber.befriend(order.card)
  else if (order.order === 'hush') climber.hush()
  else void close()
})
process.once('disconnect', () => void close())
say({ word: 'ready', nodeId: climber.nodeId, card: climber.core.card() })
