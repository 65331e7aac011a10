/** Constants of the protocol (PROTOCOL.md section 7) first, then those of this implementation. */

export const CONTAINER_VERSION = 1
/** version, sender, mailId */
export const CONTAINER_HEADER_OCTETS = 49
/** flags, crc, size */
export const ENTRY_HEADER_OCTETS = 9
export const MAIL_ID_OCTETS = 16
/** RFC 5321 section 4.5.3.1.3 less the angle brackets. */
export const MAX_MAILBOX_OCTETS = 254
/** A folded filter line no longer matches in procmail; mail programs fold at 78. */
export const MAX_FILTER_LINE_OCTETS = 76
export const MAX_FILTER_NAME_OCTETS = 42
/** RFC 2045 section 6.8. */
export const BASE64_LINE_CHARACTERS = 76

/** DESIGN section 2. */
export const DEFAULT_COST = 10_000
/** DESIGN section 5: a whole mail, header and base64 included. */
export const DEFAULT_MAX_MAIL_OCTETS = 65_536
export const MIN_MAX_MAIL_OCTETS = 4_096
export const LARGEST_MAX_MAIL_OCTETS = 1_048_576
/** What our own header and those of the servers on the way may take of it; we write about 500 octets. */
export const MAIL_HEADER_ALLOWANCE_OCTETS = 2_048
/** Mail servers add fields; nobody adds more than this. */
export const MAX_HEADER_OCTETS = 65_536

/** Mail usually takes seconds, with greylisting an hour; a day covers a server that is down over night. */
export const DEFAULT_MAX_LATENCY_MS = 86_400_000
/** A mailbox does not forget us; this is how long a quiet path is believed in. */
export const IDLE_MS = 604_800_000
/** Connections to the submission server that are kept open. More than one helps when several recipients wait. */
export const DEFAULT_CONNECTIONS = 2
/** Each stage of the dialogue. RFC 5321 section 4.5.3.2 asks for minutes; a server that needs more than one is as good as down. */
export const STAGE_TIMEOUT_MS = 60_000
