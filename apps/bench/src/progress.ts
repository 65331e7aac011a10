/** A bar on stderr, drawn only between measurements: a timer that fires inside one would be measured too. */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** One more step is done; `doing` names the next. */
  step(doing: string): void
  stop(): void
}

export type OpenProgress = (steps: number, doing: string) => Progress

export const noProgress: OpenProgress = () => ({ step() {}, stop() {} })

/** So rarely does the bar draw itself; we ask it to. */
const SELF_DRAWN_PER_SECOND = 0.1
const DRAWN_EVERY_MS = 100

/** Nothing unless stderr is a terminal. */
export const terminalProgress: OpenProgress = (steps, doing) => {
  if (!process.stderr.isTTY) return noProgress(steps, doing)
  const bar = new SingleBar(
    {
      format: '{bar} {percentage} %  {doing}',
      fps: SELF_DRAWN_PER_SECOND,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false, // it would swallow the signal
      stream: process.stderr,
    },
    Presets.shades_classic,
  )
  bar.start(steps, 0, { doing })
  const interrupted = (signal: NodeJS.Signals): void => {
    bar.stop() // gives the cursor back
    process.kill(process.pid, signal)
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  let drawn = performance.now()
  return {
    step(next) {
      bar.increment(1, { doing: next })
      if (performance.now() - drawn < DRAWN_EVERY_MS) return
      bar.render()
      drawn = performance.now()
    },
    stop() {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
      bar.stop()
    },
  }
}
