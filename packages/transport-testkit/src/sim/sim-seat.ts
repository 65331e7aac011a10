/** Where a simulated transport stands: at one address for good, or at whatever its machine has. */

export interface SimSeat {
  /** Asked when the transport starts; later the network says what it is. */
  address(): string
  /** At which it can be reached now; null: nowhere. */
  advertised(): string | null
  /** Between a new address and the moment at which the transport notices. */
  readonly noticeMs: number
}

export function fixedSeat(address: string): SimSeat {
  return { address: () => address, advertised: () => address, noticeMs: 0 }
}
