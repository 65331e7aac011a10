/** Two nodes that know each other's card and have not spoken yet. */
import { type Core, type CoreOptions, createCore, createIdentity } from '@postern/core'
import type { NodePair } from './doors.js'

/** Either has an identity of its own, and its sockets are bound when this resolves. */
export async function openNodePair(near: Partial<CoreOptions>, far: Partial<CoreOptions>): Promise<NodePair> {
  const nodes = await Promise.all([openNode(near), openNode(far)])
  const [first, second] = nodes
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()))
  }
  try {
    first.addCard(second.card())
    second.addCard(first.card())
    return { near: first, far: second, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openNode(options: Partial<CoreOptions>): Promise<Core> {
  const core = await createCore({ identity: createIdentity(), transports: {}, ...options })
  const failed = core.transports.find(({ reason }) => reason !== undefined)
  if (failed === undefined) return core
  await core.close()
  throw new Error(`${failed.name}: ${failed.reason?.message}`)
}
