/** Constants of the protocol (pigeon-file.ts) first, then those of this implementation. */
import { type ProtocolNumber, protocolNumber } from '@postern/helo'

/** Of the range for private use and experiments (PROTOCOL-NUMBERS.md): its first number and that of the RFC on avian carriers. */
export const PIGEON_PROTOCOL: ProtocolNumber = protocolNumber(32_768 + 1_149)

export const FILE_VERSION = 1
/** version, flags, crc, sender */
export const FILE_HEADER_OCTETS = 38
/** A pigeon carries a memory card: nothing on the way asks for less. Large enough to be worth a file, small enough to be read at once. */
export const MTU_OCTETS = 65_536
export const MAX_FILE_OCTETS: number = FILE_HEADER_OCTETS + MTU_OCTETS
/** What a loft's owner reads. Everything else in the folder is left alone. */
export const FILE_SUFFIX = '.pigeon'
/** What is still being written. */
export const PART_SUFFIX = '.part'
/** A file's name is so much chance, in hex: no two meet. */
export const NAME_OCTETS = 16

/** Higher than that of mail: whatever else there is comes first. */
export const COST = 20_000
/** The folder may be a network drive that is mounted now and then, or a stick in somebody's pocket. */
export const MAX_LATENCY_MS = 3_600_000
/** Nothing arrives over a session and nothing on the way forgets one: a day, because the contract wants a number. */
export const IDLE_MS = 86_400_000

/** What a person does not notice, and a disk does not either: 20 listings of an empty folder in a second. */
export const DEFAULT_POLL_MS = 50
export const MIN_POLL_MS = 1
export const MAX_POLL_MS = 60_000

/** Messages that `send` took and that are no file yet: a disk slower than the program. Bounds memory by octets and by number. */
export const MAX_QUEUED_OCTETS: number = 4 * 1024 * 1024
export const MAX_QUEUED_FILES = 256
/** Files in a loft that nobody has fetched: 256 MiB of the disk at most. Beyond that its owner is away, and we write no more. */
export const MAX_WAITING_FILES = 4_096
