/** The command line asks for something that cannot be done. The message names the option and says what is expected. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}
