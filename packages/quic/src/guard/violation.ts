/** The reason why the guard closes a connection: stable codes, for counters. */
export type Violation = keyof typeof violations;

/** The words for each violation, for the peer and for logs. */
export const violations = {
  MALFORMED_FRAME: "a frame that cannot be read",
  HIDDEN_BYTES: "more bytes beyond gaps or in small pieces than what was delivered allows",
  HIDDEN_BYTES_OF_ALL:
    "the most bytes beyond gaps or in small pieces, of the owner with the most of them, in a process that has too many",
  GAPS: "too many gaps in a stream",
  CRYPTO_DATA: "too much CRYPTO data after the handshake",
  CONNECTION_IDS: "connection IDs that this connection has no use for",
  PATH_CHALLENGES: "too many path challenges",
  ACK_RANGES: "too many ranges in an acknowledgement",
  ACK_OF_UNSENT: "an acknowledgement of a packet that was not sent",
  UNACKNOWLEDGED: "too many packets without an acknowledgement",
  NO_KEYS: "the keys of the connection did not come to light",
} as const;

/** The transport error code that is sent to the peer (RFC 9000, 12.4 and 20.1). */
export function closeCodeOf(violation: Violation): number {
  return violation === "MALFORMED_FRAME" ? FRAME_ENCODING_ERROR : PROTOCOL_VIOLATION;
}

const FRAME_ENCODING_ERROR = 0x07;
const PROTOCOL_VIOLATION = 0x0a;

/** All counters at zero. */
export function noViolations(): Record<Violation, number> {
  const names = Object.keys(violations) as Violation[];
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Violation, number>;
}
