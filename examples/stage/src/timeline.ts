// biome-ignore-all lint/suspicious/noConsole: a program for a terminal
/** Lines with the time since the start, who, and what: aligned, and coloured only where somebody looks at a terminal. */

const MS_COLUMNS = 6
const WHO_COLUMNS = 6
const COLOURS = { dim: 2, bold: 1, udp: 32, tcp: 36, smtp: 33 } as const
export type Colour = keyof typeof COLOURS

/** To its beginning, and nothing left in it. */
const CLEAR_LINE = '\r\u001b[K'

const isColourful = process.stdout.isTTY && process.env.NO_COLOR === undefined

export class Timeline {
  readonly #begunMs = performance.now()

  /** `atMs`: since the beginning of something else. */
  say(who: string, what: string, atMs: number = performance.now() - this.#begunMs): void {
    this.#clear()
    const ms = atMs.toFixed(0)
    console.log(
      `${paint('dim', ms.padStart(MS_COLUMNS))}  ${paint('bold', who.padEnd(WHO_COLUMNS))}  ${what}`.trimEnd(),
    )
  }

  /** Text without a time. */
  note(text: string): void {
    this.#clear()
    console.log(text)
  }

  /** One line that the next one replaces; nothing where nobody looks at a terminal. Empty: none from now on. */
  status(text: string): void {
    this.#clear()
    if (process.stdout.isTTY) process.stdout.write(paint('dim', text.slice(0, process.stdout.columns - 1)))
  }

  #clear(): void {
    if (process.stdout.isTTY) process.stdout.write(CLEAR_LINE)
  }
}

export function paint(colour: Colour, text: string): string {
  return isColourful ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text
}

/** The name of a transport in its colour, `columns` wide. */
export function paintTransport(name: string, columns = 0): string {
  return paint(name === 'udp' || name === 'tcp' || name === 'smtp' ? name : 'bold', name.padEnd(columns))
}

export function inMs(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 2 : 1).padStart(7)} ms`
}
