import { createHash } from "node:crypto";

/** The length of the pattern, a prime: that many streams begin at different places of it. */
const PERIOD = 65_537;
/** The most bytes of one piece of a stream. */
export const PIECE_SIZE_MAX = 65_536;
const STRIDE = 40_503;

/** `Random` is no source for the pattern: its numbers are in the IDs of connections, too, and nothing else in encrypted packets may look
 *  like those. */
const once = createHash("shake256", { outputLength: PERIOD }).update("pattern").digest();
const table = Buffer.concat([once, once.subarray(0, PIECE_SIZE_MAX)]);

/**
 * Bytes of an endless stream, by their position: bytes that are lost, doubled, out of order or of another stream differ from what they
 * should be. The caller must not change them.
 *
 * @param length at most `PIECE_SIZE_MAX`
 */
export function patternAt(stream: number, position: number, length: number): Uint8Array {
  const start = (stream * STRIDE + position) % PERIOD;
  return table.subarray(start, start + length);
}

/** Whether the bytes belong to the stream at that position. */
export function isPattern(bytes: Uint8Array, stream: number, position: number): boolean {
  for (let at = 0; at < bytes.length; at += PIECE_SIZE_MAX) {
    const piece = bytes.subarray(at, at + PIECE_SIZE_MAX);
    if (Buffer.compare(piece, patternAt(stream, position + at, piece.length)) !== 0) return false;
  }
  return true;
}
