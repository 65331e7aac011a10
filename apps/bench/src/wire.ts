/** What a benchmark drives: something that carries messages of one size from this process to itself. */

/** Where a wire tells what became of its messages. Neither method throws. */
export interface Sink {
  /** A whole message of `octets` (without any header) came in. The next one may be sent from inside. */
  arrived(octets: number): void
  /** Nothing more will come. */
  failed(reason: Error): void
}

/** Open, connected and idle. */
export interface Wire {
  /** Sends one message, always in the same direction; false when it was dropped on this side. */
  send(): boolean
  /** The same against that direction, over the same connection, once something has arrived. */
  sendBack(): boolean
  /** Frees every socket and timer. */
  close(): Promise<void>
}

/** Opens a wire for messages of `octets`. Rejects when it cannot; then nothing stays open. */
export type OpenWire = (octets: number, sink: Sink) => Promise<Wire>
