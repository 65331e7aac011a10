/** The command line: what can be asked for, and what the exit code says. 0: measured; 1: failed; 2: asked wrongly. */
import { readFileSync } from 'node:fs'
import { Command } from '@commander-js/extra-typings'
import { CommanderError } from 'commander'
import { CONTESTANTS, FAST_TRANSPORTS, TRANSPORTS } from './contestants.js'
import { HEAP_POINTS, runHeap } from './heap/command.js'
import { heapTable } from './heap/table.js'
import { processSampler } from './latency/cold.js'
import { runLatency } from './latency/command.js'
import { latencyCsv } from './latency/csv.js'
import { PAPER_MESSAGES, PAPER_SIZES_OCTETS } from './latency/figure-5.js'
import { latencyTable } from './latency/table.js'
import { runLink } from './link/command.js'
import { DOOR_NAMES, DOORS } from './link/doors.js'
import { coldTaker } from './link/measure.js'
import { linkTable } from './link/table.js'
import { someOf, wholeNumber, wholeNumbers } from './options.js'
import { checkDestinations, deliver } from './output.js'
import { terminalProgress } from './progress.js'
import { runRivals } from './rivals/command.js'
import { postern, rivalsOf } from './rivals/rival.js'
import { rivalsTable } from './rivals/table.js'
import { UsageError } from './usage-error.js'

export interface CliOptions {
  /** The file that starts a child with the same command line. */
  readonly script: string
  readonly print?: (text: string) => void
  readonly complain?: (text: string) => void
}

/** The contract's ceiling for any transport; each has its own below it. */
const MAX_OCTETS = 1_048_576
const MAX_MESSAGES = 1_000_000
const MAX_RUNS = 10_000
const MAX_SEED = 0xffff_ffff

/** `values` are the arguments after the program's name. Gives the exit code, never throws. */
export async function runCli(values: readonly string[], options: CliOptions): Promise<number> {
  const { print = (text) => void process.stdout.write(text), complain = (text) => void process.stderr.write(text) } =
    options
  const program = new Command('postern-bench')
    .description("Reruns the measurements of the transport paper on today's machine, beside raw sockets.")
    .version(ownVersion())
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: complain })
    .showHelpAfterError('(--help shows what is expected)')
  addLatency(program, options.script, print)
  addLink(program, options.script, print)
  addRivals(program, options.script, print)
  addHeap(program, print)
  try {
    await program.parseAsync(values, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    complain(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

function addLatency(program: Command, script: string, print: (text: string) => void): void {
  program
    .command('latency')
    .description('Figure 5: the time of messages to oneself, one after the other, through the transport alone')
    .option('--transports <names>', 'which, separated by commas', someOf(TRANSPORTS), TRANSPORTS)
    .option('--sizes <octets>', 'of messages, separated by commas', wholeNumbers(1, MAX_OCTETS), PAPER_SIZES_OCTETS)
    .option('--messages <count>', 'in a run', wholeNumber(1, MAX_MESSAGES), PAPER_MESSAGES)
    .option('--runs <count>', 'of each contestant, warm', wholeNumber(1, MAX_RUNS), 40)
    .option('--warm-up <count>', 'runs of each before those, not kept', wholeNumber(0, MAX_RUNS), 5)
    .option('--cold <count>', 'fresh processes of each', wholeNumber(0, MAX_RUNS), 5)
    .option('--mail-messages <count>', 'in a run over mail', wholeNumber(1, MAX_MESSAGES), 25)
    .option('--mail-runs <count>', 'of each contestant over mail, warm', wholeNumber(1, MAX_RUNS), 12)
    .option('--seed <number>', 'names the order of runs', wholeNumber(0, MAX_SEED), 1)
    .option('--json [file]', 'everything as JSON, every sample too; without a file instead of the table')
    .option('--csv [file]', 'the rows as CSV; without a file instead of the table')
    .addHelpText('after', '\nExample: postern-bench latency --transports udp --sizes 11 --runs 100 --json result.json')
    .action(async ({ transports, json, csv, sizes, seed, ...counts }) => {
      await checkDestinations({ json, csv })
      const contestants = CONTESTANTS.filter(({ transport }) => transports.includes(transport))
      const { messages, runs, warmUp, cold, mailMessages, mailRuns } = counts
      const efforts = {
        fast: { messages, runs, warmUp, cold },
        mail: { messages: mailMessages, runs: mailRuns, warmUp: Math.min(warmUp, 2), cold: Math.min(cold, 1) },
      }
      const options = { contestants, sizes, efforts, seed }
      const result = await naming('--sizes', () => runLatency(options, processSampler(script), terminalProgress))
      const rendered = {
        table: latencyTable(result),
        json: `${JSON.stringify(result)}\n`,
        csv: latencyCsv(result.rows),
      }
      await deliver(rendered, { json, csv }, print)
    })
}

function addLink(program: Command, script: string, print: (text: string) => void): void {
  program
    .command('link')
    .description('the time of two new nodes from nothing to the first message delivered')
    .option('--transports <names>', 'which, separated by commas', someOf(DOOR_NAMES), DOOR_NAMES)
    .option('--runs <count>', 'of each, warm', wholeNumber(1, MAX_RUNS), 60)
    .option('--warm-up <count>', 'runs of each before those, not kept', wholeNumber(0, MAX_RUNS), 20)
    .option('--cold <count>', 'fresh processes of each', wholeNumber(0, MAX_RUNS), 7)
    .option('--mail-runs <count>', 'of each over mail, warm', wholeNumber(1, MAX_RUNS), 12)
    .option('--seed <number>', 'names the order of runs', wholeNumber(0, MAX_SEED), 1)
    .option('--json [file]', 'everything as JSON, every sample too; without a file instead of the table')
    .addHelpText('after', '\nExample: postern-bench link --transports udp,tcp --runs 200 --json result.json')
    .action(async ({ transports, json, runs, warmUp, cold, mailRuns, seed }) => {
      await checkDestinations({ json })
      const doors = DOORS.filter(({ name }) => transports.includes(name))
      const mail = { runs: mailRuns, warmUp: Math.min(warmUp, 2), cold: Math.min(cold, 2) }
      const result = await runLink(
        { doors, efforts: { fast: { runs, warmUp, cold }, mail }, seed },
        coldTaker(script),
        terminalProgress,
      )
      await deliver({ table: linkTable(result), json: `${JSON.stringify(result)}\n` }, { json }, print)
    })
}

function addRivals(program: Command, script: string, print: (text: string) => void): void {
  program
    .command('rivals')
    .description('the same of somebody else: processes of ours and of theirs in turn (npm run bench:rivals)')
    .requiredOption('--rival <script>', 'a program that answers as `link-sample` does')
    .option('--processes <count>', 'of each', wholeNumber(1, MAX_RUNS), 10)
    .option('--runs <count>', 'in each process, the first is cold', wholeNumber(2, MAX_RUNS), 60)
    .option('--warm-up <count>', 'of those, not counted as warm', wholeNumber(1, MAX_RUNS), 20)
    .option('--seed <number>', 'names the order of processes', wholeNumber(0, MAX_SEED), 1)
    .option('--json [file]', 'everything as JSON, every sample too; without a file instead of the table')
    .action(async ({ rival, json, processes, runs, warmUp, seed }) => {
      if (warmUp >= runs) throw new UsageError(`--warm-up: ${warmUp} of ${runs} runs leave nothing to count`)
      await checkDestinations({ json })
      const contestants = [...postern(script), ...rivalsOf(rival)]
      const result = await runRivals({ contestants, processes, runs, warmUp, seed }, terminalProgress)
      await deliver({ table: rivalsTable(result), json: `${JSON.stringify(result)}\n` }, { json }, print)
    })
}

function addHeap(program: Command, print: (text: string) => void): void {
  program
    .command('heap')
    .description('memory in use while messages go to oneself, and what each leaves behind')
    .option('--transports <names>', 'which, separated by commas', someOf(TRANSPORTS), FAST_TRANSPORTS)
    .option('--size <octets>', 'of a message', wholeNumber(1, MAX_OCTETS), 407)
    .option(
      '--messages <count>',
      `after the warm-up, a multiple of ${HEAP_POINTS}`,
      wholeNumber(10, MAX_MESSAGES),
      100_000,
    )
    .option('--json [file]', 'as JSON; without a file instead of the table')
    .addHelpText('after', '\nExample: postern-bench heap --transports tcp --size 1221')
    .action(async ({ transports, json, size: octets, messages }) => {
      if (messages % HEAP_POINTS !== 0) throw new UsageError(`--messages: ${messages} is no multiple of ${HEAP_POINTS}`)
      await checkDestinations({ json })
      const contestants = CONTESTANTS.filter(({ transport, role }) => transports.includes(transport) && role === 'ours')
      const options = { contestants, octets, messages }
      const result = await naming('--size', () => runHeap(options, terminalProgress))
      await deliver({ table: heapTable(result), json: `${JSON.stringify(result)}\n` }, { json }, print)
    })
}

/** Only the transport knows what fits it: what it refuses is put down to `option`. */
async function naming<T>(option: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${option}: ${error.message}`) : error
  }
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
