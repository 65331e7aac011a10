// Installs what examples/second-implementation needs, Debian's python3-cryptography, where it is missing and may be installed: as
// root, by apt-get. Exit code 1: it is still missing.
import { spawnSync } from 'node:child_process'

const PROBE = 'import sys, cryptography; sys.exit(sys.version_info < (3, 9))'
const succeeds = (command, args, stdio = 'ignore') => spawnSync(command, args, { stdio }).status === 0
const isThere = () => ['python3', '/usr/bin/python3'].some((python) => succeeds(python, ['-c', PROBE]))

if (!isThere() && process.getuid?.() === 0 && succeeds('apt-get', ['--version'])) {
  process.env.DEBIAN_FRONTEND = 'noninteractive'
  succeeds('apt-get', ['update', '--quiet'], 'inherit')
  succeeds('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', 'python3-cryptography'], 'inherit')
}
const ok = isThere()
console.log(
  ok ? 'python3 with cryptography: there' : 'python3 with cryptography: missing; install python3-cryptography as root',
)
process.exitCode = ok ? 0 : 1
