/** How addresses of a simulated network are written: `anna:stream`, `box:stream.1024`, `anna@mail`, or a plain name. */

/** 1 to 64 octets, as they stand in a HELO. */
const ADDRESS = /^[A-Za-z0-9.:@_|-]{1,64}$/

/** null: it is none. */
export function addressFrom(senderAddress: Uint8Array): string | null {
  const text = new TextDecoder('latin1').decode(senderAddress)
  return ADDRESS.test(text) ? text : null
}

/** An address without its port: `box:stream.1024` is at `box`. */
export function hostOf(address: string): string {
  const at = address.lastIndexOf(':')
  return at < 0 ? address : address.slice(0, at)
}

/** What a flood to an address would hit: a machine, or a mailbox and its domain. */
export function destinationsOf(address: string): readonly string[] {
  const host = hostOf(address)
  const at = host.indexOf('@')
  return at < 0 ? [host] : [host, host.slice(at + 1)].filter((text) => text !== '')
}
