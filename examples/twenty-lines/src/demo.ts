/**
 * Anna can be dialled. Ben sits behind a NAT, Clara behind a firewall that lets out tcp only: neither can be dialled, all have a
 * mailbox. Anna has nothing but their cards. She mails; they come back by what is cheapest, and there the talk goes on.
 */
import { inMs, openPostOffice, paint, paintTransport, Timeline } from 'postern-stage'
import { DemoNode } from './demo-node.js'

const ROUNDS = 200

const timeline = new Timeline()
const arrivals = new Map<string, number[]>()
const office = await openPostOffice()
const common = {
  office,
  timeline,
  onArrived: (transport: string, ms: number) => void arrivals.set(transport, [...(arrivals.get(transport) ?? []), ms]),
}

timeline.note(
  '\nThree nodes of this machine and a mail relay. Anna can be dialled by udp and tcp; Ben, behind a NAT, cannot;',
)
timeline.note(
  'Clara, behind a firewall that lets out tcp only, cannot either. All have a mailbox. Nothing else is configured.\n',
)
timeline.note(paint('dim', '    ms  who     with     what                 by         took'))
const anna = await DemoNode.start({ name: 'anna', udp: 'open', tcp: 'open', ...common })
const ben = await DemoNode.start({ name: 'ben', udp: 'outbound', tcp: 'outbound', ...common })
const clara = await DemoNode.start({ name: 'clara', tcp: 'outbound', ...common })
for (const { name, core } of [anna, ben, clara])
  timeline.say(name, `  runs ${core.transports.map((one) => paintTransport(one.name)).join(', ')}`)

for (const friend of [ben, clara]) {
  timeline.note('')
  friend.knows(anna)
  anna.takeCardOf(friend, 'only a mailbox')
  anna.tell(friend, `hello ${friend.name}`)
  await Promise.all([anna.meets(friend), friend.meets(anna)])
  for (const [question, answer] of [
    ['you wrote?', 'I did'],
    ['quicker now', 'indeed'],
  ] as const) {
    await exchange(friend, anna, question)
    await exchange(anna, friend, answer)
  }
}

timeline.note('')
timeline.say('all', `  exchange ${4 * ROUNDS} messages more`)
for (const node of [anna, ben, clara]) node.isQuiet = true
for (let round = 0; round < ROUNDS; round += 1) {
  for (const friend of [ben, clara]) {
    await exchange(friend, anna, 'tick')
    await exchange(anna, friend, 'tock')
  }
}
timeline.note(`\n${paint('dim', 'carried by  messages     fastest      median     slowest')}`)
for (const [transport, all] of arrivals) {
  const sorted = all.toSorted((a, b) => a - b)
  const [fastest, median, slowest] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!]
  const row = `${paintTransport(transport, 10)}  ${String(all.length).padStart(8)}`
  timeline.note(`${row}  ${inMs(fastest)}  ${inMs(median)}  ${inMs(slowest)}`)
}
timeline.note('')
timeline.say('anna', '  goes')
await anna.core.close()
await Promise.all([ben.core.close(), clara.core.close()])
await office.close()

/** One message, until it was heard. */
async function exchange(from: DemoNode, to: DemoNode, words: string): Promise<void> {
  const heard = to.nextMessage()
  if (!from.tell(to, words)) timeline.say(from.name, 'could not send')
  await heard
}
