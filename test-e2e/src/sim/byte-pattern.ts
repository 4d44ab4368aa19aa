import { createHash } from "node:crypto";

/** The length of the pattern, a prime: up to so many streams begin at different places of it. */
const PERIOD = 65_537;
/** Bytes of one piece of a stream. */
export const PIECE_SIZE_MAX = 65_536;
const STRIDE = 40_503;

/** Not from `Random`: its numbers are in the IDs of connections, too, which stand nowhere else in what is encrypted. */
const once = createHash("shake256", { outputLength: PERIOD }).update("pattern").digest();
const table = Buffer.concat([once, once.subarray(0, PIECE_SIZE_MAX)]);

/**
 * Bytes of a stream that has no end, by their position: those that are lost, doubled, out of order or of another stream are not what they
 * should be. To be read only.
 *
 * @param length at most `PIECE_SIZE_MAX`
 */
export function patternAt(stream: number, position: number, length: number): Uint8Array {
  const start = (stream * STRIDE + position) % PERIOD;
  return table.subarray(start, start + length);
}

/** Whether the bytes are those of the stream at that position. */
export function isPattern(bytes: Uint8Array, stream: number, position: number): boolean {
  for (let at = 0; at < bytes.length; at += PIECE_SIZE_MAX) {
    const piece = bytes.subarray(at, at + PIECE_SIZE_MAX);
    if (Buffer.compare(piece, patternAt(stream, position + at, piece.length)) !== 0) return false;
  }
  return true;
}
