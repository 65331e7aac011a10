/** The suite without a test runner: prints the report, exit 1 unless every promise is kept. */
import { formatReports, isClean, runConformance } from '@postern/transport-testkit'
import { harness } from './harness.js'

const report = await runConformance(harness)
console.log(formatReports([report]))
process.exitCode = isClean([report]) ? 0 : 1
