import { STATELESS_RESET_MIN } from "./limits.ts";

/** Long enough to look like a short packet with an acknowledgement. */
const RESET_LENGTH_MAX = 42;
export const RESET_TOKEN_LENGTH = 16;

/**
 * Writes a stateless reset (RFC 9000, 10.3) that answers a packet of `causeLength` bytes. It is always shorter than its
 * cause, so that two ends without state cannot keep each other talking.
 *
 * @returns its length, or 0 when the cause is too short to be answered or `out` too small.
 */
export function writeStatelessResetPacket(
  token: Uint8Array,
  causeLength: number,
  randomBytes: (length: number) => Uint8Array,
  out: Uint8Array,
): number {
  const length = Math.min(causeLength - 1, RESET_LENGTH_MAX);
  if (length < STATELESS_RESET_MIN || out.length < length) return 0;
  out.set(randomBytes(length - RESET_TOKEN_LENGTH), 0);
  // A short header of version 1: form bit 0, fixed bit 1.
  out[0] = (out[0]! & 0x3f) | 0x40;
  out.set(token, length - RESET_TOKEN_LENGTH);
  return length;
}
