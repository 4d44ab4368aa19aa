/*
 * A DATAGRAM frame holds a whole packet, or a piece of a larger one:
 *
 *     0                1               3
 *     ├───────┬────────┼───────────────┼──────────────────
 *     │   0   │   0    │ packet …
 *     ├───────┼────────┼───────────────┼──────────────────
 *     │ n - 1 │ index  │ packet number │ piece …            n pieces, 2 to 16
 *     └───────┴────────┴───────────────┴──────────────────
 *       4 bits  4 bits   big-endian
 *
 * All pieces of a packet but the last have the same length; the last has at most that.
 */
import { readUint16, writeUint16 } from "@florenetes/wire-values";

export const WHOLE_HEADER_LENGTH = 1;
export const PIECE_HEADER_LENGTH = 3;
/** The header of a whole packet. */
export const WHOLE_HEADER = 0;
export const PACKET_NUMBERS = 0x1_0000;

/** Number of pieces in which a packet travels, when datagrams have at most that size; 1: whole. */
export function pieceCount(length: number, datagramMax: number): number {
  if (length + WHOLE_HEADER_LENGTH <= datagramMax) return 1;
  return Math.ceil(length / (datagramMax - PIECE_HEADER_LENGTH));
}

/**
 * Bytes of a packet that each of its pieces but the last holds: as even as can be, since the kernel takes UDP payloads at once
 * only while they are of one size.
 */
export function pieceSize(length: number, pieces: number): number {
  return Math.ceil(length / pieces);
}

/** Writes a piece's header at `at`. */
export function writePieceHeader(out: Uint8Array, at: number, pieces: number, index: number, number: number): void {
  out[at] = ((pieces - 1) << 4) | index;
  writeUint16(out, at + 1, number);
}

/** How many pieces the packet of a datagram (of 1 byte or more) has. */
export function piecesOf(datagram: Uint8Array): number {
  return (datagram[0]! >>> 4) + 1;
}

export function pieceIndexOf(datagram: Uint8Array): number {
  return datagram[0]! & 0x0f;
}

/** Number of the packet that a piece belongs to. The datagram has `PIECE_HEADER_LENGTH` bytes or more. */
export function packetNumberOf(datagram: Uint8Array): number {
  return readUint16(datagram, 1);
}
