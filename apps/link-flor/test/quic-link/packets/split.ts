import { pieceCount, PIECE_HEADER_LENGTH, pieceSize, writePieceHeader } from "../../../src/quic-link/packets/pieces.ts";

/** The datagrams that a packet travels in; whole ones begin with a zero. */
export function split(packet: Uint8Array, number: number, datagramMax: number): Uint8Array[] {
  const pieces = pieceCount(packet.length, datagramMax);
  if (pieces === 1) return [Uint8Array.of(0, ...packet)];
  const size = pieceSize(packet.length, pieces);
  return Array.from({ length: pieces }, (_, index) => {
    const piece = packet.subarray(index * size, (index + 1) * size);
    const datagram = new Uint8Array(PIECE_HEADER_LENGTH + piece.length);
    writePieceHeader(datagram, 0, pieces, index, number);
    datagram.set(piece, PIECE_HEADER_LENGTH);
    return datagram;
  });
}
