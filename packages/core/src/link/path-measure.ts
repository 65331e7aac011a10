/**
 * What REPORTs tell about one path: how long its frames take, how many are lost, which ones nobody has named yet. It judges
 * nothing but whether the path loses too much; who lives and who is used is decided elsewhere (ADR 0004). Reads no clock.
 */
import type { PathReport } from '@postern/helo'

/** What a frame was, for the measure. */
export interface SealedFrame {
  /** Of its path in its epoch. */
  readonly counter: number
  /** Its transport took it; a frame that it refused is nothing the path lost. */
  readonly hasLeft: boolean
  /** The peer will report it: all frames but those with nothing but a REPORT inside. */
  readonly asks: boolean
  /** Of applications, inside. */
  readonly messages: number
  /** It asks whether large frames get through: that it does not arrive is no loss (RFC 8899 section 3). */
  readonly isProbe?: boolean
}

interface Outstanding extends SealedFrame {
  readonly sentMs: number
}

/** Frames that left and were not named: beyond these the oldest counts as lost. A fast path reports every 25 ms. */
const MAX_OUTSTANDING = 16_384
/** RFC 6298: how much one trip changes the mean, and its variation. One that comes after long says more. */
const DELAY_GAIN = 1 / 8
const RARE_DELAY_GAIN = 1 / 2
const RARE_AFTER_MS = 10_000
const VARIATION_GAIN = 1 / 4
/** What was counted so many frames, or so long, ago counts half. */
const HALF_LIFE_FRAMES = 128
const HALF_LIFE_MS = 60_000
/** DESIGN section 4. */
const MOST_LOSS = 0.05
/** One frame lost of ten says little about the next hundred. */
const LEAST_LOST_FRAMES = 4
/** After these, none of them lost, a lossy path is believed to be well: at 6 % lost that happens in one train of seven. */
export const TRAIN_FRAMES = 32

/** `old`: it says less than one before; `false`: of frames that were never sent. */
export type ReportVerdict = 'news' | 'old' | 'false'

export class PathMeasure {
  #epoch: object | null = null
  /** By counter. Frames that ask for nothing and were not refused are left out. */
  #outstanding: Outstanding[] = []
  #sent = 0
  #highest = -1
  /** As of the last REPORT; null: what there was before this path took up the count is not known yet. */
  #received: number | null = null
  /** Frames of this epoch that are missing: some may only be late. */
  #owed = 0
  #delayMs: number | null = null
  #variationMs = 0
  #namedSentMs = 0
  #timedMs = Number.NEGATIVE_INFINITY
  /** Of the frames below the highest that was named: how many there were and arrived, older ones counting less. */
  #weighed = { sent: 0, received: 0, atMs: 0 }
  #isLossy = false
  #lostFrames = 0
  #lostMessages = 0
  #lastAskedMs = Number.NEGATIVE_INFINITY

  /** ms there, and back where that was fast, too; null: nothing was measured yet. */
  get delayMs(): number | null {
    return this.#delayMs
  }

  /** By which an answer usually is there; null: nothing was measured yet. */
  get usualMs(): number | null {
    return this.#delayMs === null ? null : this.#delayMs + 4 * this.#variationMs
  }

  /** Share of frames lost lately, 0 to 1; null: too few to say. */
  get lossShare(): number | null {
    const { sent, received } = this.#weighed
    return sent < LEAST_LOST_FRAMES ? null : Math.max(0, 1 - received / sent)
  }

  get isLossy(): boolean {
    return this.#isLossy
  }

  /** When the oldest frame left that nobody has named, and no later one; null: there is none. */
  get unansweredSinceMs(): number | null {
    return this.#outstanding.find(({ hasLeft, isProbe }) => hasLeft && isProbe !== true)?.sentMs ?? null // others are few
  }

  /** When the latest frame left that was named; monotonic. */
  get namedSentMs(): number {
    return this.#namedSentMs
  }

  /** When a frame last left that is to be reported; monotonic. */
  get lastAskedMs(): number {
    return this.#lastAskedMs
  }

  /** Frames and messages that are known to be lost, or were given up, of all epochs. */
  get lost(): { readonly frames: number; readonly messages: number } {
    return { frames: this.#lostFrames, messages: this.#lostMessages }
  }

  /** A frame was sealed for this path in `epoch`. */
  sent(epoch: object, frame: SealedFrame, nowMs: number): void {
    if (epoch !== this.#epoch) this.#begin(epoch, frame.counter)
    this.#sent = frame.counter + 1
    if (frame.hasLeft && !frame.asks) return
    if (frame.hasLeft) this.#lastAskedMs = nowMs
    this.#outstanding.push({ ...frame, messages: frame.hasLeft ? frame.messages : 0, sentMs: nowMs })
    if (this.#outstanding.length > MAX_OUTSTANDING) this.#giveUp(MAX_OUTSTANDING / 4)
  }

  /** `isTimed`: the answer came by a fast way, and says how long the frame took. */
  reported(epoch: object, report: PathReport, nowMs: number, isTimed: boolean): ReportVerdict {
    const { counter, received, ageMs } = report
    if (epoch !== this.#epoch) return 'old'
    if (counter >= this.#sent || received > counter + 1) return 'false'
    if (counter < this.#highest || received < (this.#received ?? 0)) return 'old'
    const isNews = counter > this.#highest
    const end = this.#outstanding.findIndex((frame) => frame.counter > counter)
    const named = this.#outstanding.splice(0, end < 0 ? this.#outstanding.length : end)
    if (this.#received !== null) this.#count(named, counter - this.#highest, received - this.#received, nowMs)
    else this.#countUnknown(named, counter)
    this.#highest = counter
    this.#received = received
    const last = named.at(-1)
    this.#namedSentMs = Math.max(this.#namedSentMs, last?.sentMs ?? 0)
    if (isTimed && last?.counter === counter && last.hasLeft)
      this.#timed(Math.max(0, nowMs - last.sentMs - ageMs), nowMs)
    return isNews ? 'news' : 'old'
  }

  /** Whether it is well again is judged on what is sent from now on. */
  beginTrain(nowMs: number): void {
    this.#weighed = { sent: 0, received: 0, atMs: nowMs }
  }

  /** From now on its frames have another path id. */
  changeLane(): void {
    this.#epoch = null
  }

  /** The path is over: what nobody named may have arrived or not. */
  end(): void {
    this.#giveUp(this.#outstanding.length)
  }

  /** Counters begin anew, or where another session to the same place left off. What was under way will not be reported any more. */
  #begin(epoch: object, first: number): void {
    this.#giveUp(this.#outstanding.length)
    this.#epoch = epoch
    this.#sent = first
    this.#highest = first - 1
    this.#received = first === 0 ? 0 : null
    this.#owed = 0
  }

  #giveUp(frames: number): void {
    const gone = this.#outstanding.splice(0, frames)
    this.#lostFrames += gone.filter(({ hasLeft }) => hasLeft).length
    this.#lostMessages += messagesIn(gone)
  }

  /** `frames` were sent, and `arrived` came meanwhile, perhaps some of before. Which are missing a REPORT does not say: by share. */
  #count(named: readonly Outstanding[], sent: number, arrived: number, nowMs: number): void {
    const probes = named.filter(({ isProbe }) => isProbe === true).length
    const frames = sent - named.filter(({ hasLeft }) => !hasLeft).length
    const gap = frames - arrived
    // Which are missing a REPORT does not say: where there were probes, it is they.
    const missing = gap > 0 ? Math.max(0, gap - probes) : gap
    this.#weigh(frames, frames - missing, nowMs)
    const late = Math.min(this.#owed, Math.max(0, -missing))
    this.#owed -= late // they were counted as lost, and have come after all
    this.#lostFrames -= late
    if (missing <= 0) return
    this.#owed += missing
    this.#lostFrames += missing
    this.#lostMessages += Math.round((messagesIn(named) * missing) / frames)
  }

  /** Another session to the same place was before us: what arrived of its frames and of ours cannot be told apart yet. */
  #countUnknown(named: readonly Outstanding[], counter: number): void {
    const unsure = named.filter((frame) => frame.counter < counter && frame.hasLeft)
    this.#lostFrames += unsure.length
    this.#lostMessages += messagesIn(unsure)
  }

  #weigh(sent: number, received: number, nowMs: number): void {
    const { atMs, ...before } = this.#weighed
    const age = 0.5 ** (sent / HALF_LIFE_FRAMES + (nowMs - atMs) / HALF_LIFE_MS)
    this.#weighed = { sent: before.sent * age + sent, received: before.received * age + received, atMs: nowMs }
    const lost = this.#weighed.sent - this.#weighed.received
    if (!this.#isLossy) this.#isLossy = lost >= LEAST_LOST_FRAMES && lost > MOST_LOSS * this.#weighed.sent
    // Ageing takes a little off; a train that is whole weighs nearly all of its frames.
    else if (this.#weighed.sent > TRAIN_FRAMES * 0.8 && lost < 1) this.#isLossy = false
  }

  #timed(ms: number, nowMs: number): void {
    const gain = nowMs - this.#timedMs > RARE_AFTER_MS ? RARE_DELAY_GAIN : DELAY_GAIN
    this.#timedMs = nowMs
    if (this.#delayMs === null) {
      this.#delayMs = ms
      this.#variationMs = ms / 2
      return
    }
    this.#variationMs += VARIATION_GAIN * (Math.abs(ms - this.#delayMs) - this.#variationMs)
    this.#delayMs += gain * (ms - this.#delayMs)
  }
}

function messagesIn(frames: readonly Outstanding[]): number {
  return frames.reduce((sum, { messages }) => sum + messages, 0)
}
