/** Why a connection is closed by the guard: stable names, for counters. */
export type Violation = keyof typeof violations;

/** The words for each violation, for the peer and for logs. */
export const violations = {
  "malformed-frame": "a frame that cannot be read",
  "hidden-bytes": "more bytes beyond gaps or in small pieces than what was delivered allows",
  "hidden-bytes-of-all":
    "the most bytes beyond gaps or in small pieces, of the owner with the most of them, in a process that has too many",
  gaps: "too many gaps in a stream",
  "crypto-data": "too much CRYPTO data after the handshake",
  "connection-ids": "connection IDs that this connection has no use for",
  "path-challenges": "too many path challenges",
  "ack-ranges": "too many ranges in an acknowledgement",
  "ack-of-unsent": "an acknowledgement of a packet that was not sent",
  unacknowledged: "too many packets without an acknowledgement",
  "no-keys": "the keys of the connection did not come to light",
} as const;

/** All counters at zero. */
export function noViolations(): Record<Violation, number> {
  const names = Object.keys(violations) as Violation[];
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Violation, number>;
}
