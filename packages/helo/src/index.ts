/** The public names of @postern/helo: HELOs, cards, the message header and their numbers. The rest is internal. */
export { type Card, decodeCard, encodeCard } from './card.js'
export {
  decodeMessage,
  encodeMessage,
  MAX_MESSAGE_BODY_OCTETS,
  MESSAGE_HEADER_OCTETS,
  type PlainMessage,
} from './header.js'
export { ADDRESSLESS_DRAFT, type Helo, type HeloDraft, heloCodec, type UnsignedHelo } from './helo.js'
export {
  CLOCK_SKEW_MS,
  DEFAULT_HELO_VALIDITY_MS,
  HELO_FIXED_OCTETS,
  MAIL_CARD_VALIDITY_MS,
  MAIL_HELO_VALIDITY_MS,
  MAX_ADDRESSES_PER_PEER,
  MAX_CARD_TEXT_CHARACTERS,
  MAX_HELO_AHEAD_MS,
  MAX_HELO_TEXT_CHARACTERS,
  MAX_MTU_OCTETS,
  MAX_SENDER_ADDRESS_OCTETS,
} from './limits.js'
export {
  FIRST_APPLICATION_TYPE,
  FIRST_PRIVATE_TYPE,
  isPrivateMessageType,
  MESSAGE_TYPE,
  type MessageType,
} from './message-type.js'
export { PROTOCOL, type ProtocolNumber, protocolNumber } from './protocol-number.js'
export {
  checkHelo,
  HELO_FAULTS,
  type HeloFault,
  type HeloTerms,
  nextSequence,
  signHelo,
  withdrawHelo,
} from './sign-helo.js'
export { type DecodedText, heloFromText, heloToText, TEXT_FAULTS, type TextFault } from './text.js'
export { cardValidityMs, isSlow } from './validity.js'
export { crc32 } from './wire/crc32.js'
export { type Codec, type Decoded, WIRE_FAULTS, type WireFault } from './wire/decoded.js'
