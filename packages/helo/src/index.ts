/** The public names of @postern/helo: HELOs, cards, messages with their bodies, and their numbers. The rest is internal. */
export { batchedOctets, decodeBatch, encodeBatch } from './batch.js'
export { type Card, decodeCard, encodeCard } from './card.js'
export { FRAGMENT_HEADER_OCTETS, type Fragment, type Fragmentable, fragmentCodec, fragmentsOf } from './fragment.js'
export {
  COOKIE_NONCE_OCTETS,
  type CookieMessage,
  cookieMessageCodec,
  FIRST_NOISE_OCTETS,
  type FirstMessage,
  firstMessageCodec,
  HINT_OCTETS,
  MAC_OCTETS,
  type MacedBytes,
  macedBytes,
  SEALED_COOKIE_OCTETS,
  SECOND_NOISE_OCTETS,
  type SecondMessage,
  secondMessageCodec,
} from './handshake.js'
export {
  decodeMessage,
  encodeMessage,
  MAX_MESSAGE_BODY_OCTETS,
  MESSAGE_HEADER_OCTETS,
  type PlainMessage,
} from './header.js'
export { ADDRESSLESS_DRAFT, type Helo, type HeloDraft, heloCodec, type UnsignedHelo } from './helo.js'
export {
  CHALLENGE_OCTETS,
  CLOCK_SKEW_MS,
  DEFAULT_HELO_VALIDITY_MS,
  FIRST_MESSAGE_DATAGRAM_OCTETS,
  HELO_FIXED_OCTETS,
  MAIL_CARD_VALIDITY_MS,
  MAIL_HELO_VALIDITY_MS,
  MAX_ADDRESSES_PER_PEER,
  MAX_APPLICATION_BODY_OCTETS,
  MAX_BATCH_MESSAGES,
  MAX_CARD_TEXT_CHARACTERS,
  MAX_HELO_AHEAD_MS,
  MAX_HELO_TEXT_CHARACTERS,
  MAX_HELOS_IN_HANDSHAKE,
  MAX_MTU_OCTETS,
  MAX_OBSERVED_OCTETS,
  MAX_PATHS_IN_EPOCH,
  MAX_SENDER_ADDRESS_OCTETS,
  PING_PADDING_OCTETS,
} from './limits.js'
export {
  LINK_FRAME_HEADER_OCTETS,
  LINK_FRAME_OVERHEAD_OCTETS,
  type LinkFrame,
  type LinkFrameHeader,
  linkFrameCodec,
  writeLinkFrameHeader,
} from './link-frame.js'
export {
  FIRST_APPLICATION_TYPE,
  FIRST_PRIVATE_TYPE,
  isClearMessageType,
  isPrivateMessageType,
  MESSAGE_TYPE,
  type MessageType,
} from './message-type.js'
export { type Ping, pingCodec } from './ping.js'
export { type Pong, pongCodec, type UnsignedPong } from './pong.js'
export { PROTOCOL, type ProtocolNumber, protocolNumber } from './protocol-number.js'
export { MAX_REPORT_AGE_MS, type PathReport, reportCodec } from './report.js'
export {
  checkHelo,
  HELO_FAULTS,
  type HeloFault,
  type HeloTerms,
  nextSequence,
  signHelo,
  withdrawHelo,
} from './sign-helo.js'
export { checkPong, PONG_FAULTS, type PongFault, signPong } from './sign-pong.js'
export { type DecodedText, heloFromText, heloToText, TEXT_FAULTS, type TextFault } from './text.js'
export { cardValidityMs, isSlow } from './validity.js'
export { crc32 } from './wire/crc32.js'
export { type BodyCodec, type Codec, type Decoded, WIRE_FAULTS, type WireFault } from './wire/decoded.js'
