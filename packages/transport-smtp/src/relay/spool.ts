/** The seam between what a relay accepted and where it is kept until it is delivered. */

/** One mail to one recipient. */
export interface SpooledMail {
  /** Sorts by time of acceptance; fit for a file name. */
  readonly id: string
  /** `''`: the null sender. */
  readonly from: string
  readonly to: string
  /** ms since the Unix epoch. */
  readonly acceptedAt: number
  readonly octets: number
}

export interface Spool {
  /** What an earlier run left, oldest first. Called once, first. */
  open(): Promise<readonly SpooledMail[]>
  /** Once it resolves, the mail outlives what this kind of spool outlives. Keeps `raw`. When it rejects nothing is kept. */
  store(mail: SpooledMail, raw: Buffer): Promise<void>
  /** null: damaged; it was set aside. */
  read(mail: SpooledMail): Promise<Buffer | null>
  /** Delivered. */
  remove(mail: SpooledMail): Promise<void>
  /** Not to be tried again. */
  giveUp(mail: SpooledMail): Promise<void>
  close(): Promise<void>
}
