import { type NativeSegments, openDataPlane } from "@florenetes/data-plane";
import { PACKET_BYTES_MAX, PACKETS_MAX, PIECE_HEADER_SIZE } from "./limits.ts";

/** Packets one behind the other. */
export interface PacketRun {
  readonly bytes: Uint8Array;
  /** The packets' lengths, `count` of them. */
  readonly lengths: Uint32Array;
  readonly count: number;
}

/**
 * Cuts pieces of a TUN device (`TunDevice`, `inPieces`) into packets, and joins packets to pieces: segments of one TCP connection that follow each other go
 * through device and kernel as one. It works in Rust, and has memory for one batch, which is used again.
 */
export class Segments {
  readonly #native: NativeSegments;
  readonly #lead: Uint8Array;
  readonly #cut = { bytes: new Uint8Array(PACKET_BYTES_MAX), lengths: new Uint32Array(PACKETS_MAX), count: 0 };
  readonly #pieces = new Uint8Array(PACKET_BYTES_MAX + PACKETS_MAX * PIECE_HEADER_SIZE);
  readonly #ends = new Uint32Array(PACKETS_MAX);
  readonly #lengthBytes = new Uint8Array(this.#cut.lengths.buffer);
  readonly #endBytes = new Uint8Array(this.#ends.buffer);

  private constructor(native: NativeSegments, lead: Uint8Array) {
    this.#native = native;
    this.#lead = lead;
  }

  /**
   * Opens what cuts and joins; undefined: the native add-on is not there.
   *
   * @param lead stands before each packet that is cut
   */
  static open(lead: Uint8Array): Segments | undefined {
    const plane = openDataPlane();
    return plane.kind === "native" ? new Segments(new plane.addon.NativeSegments(PACKETS_MAX), lead) : undefined;
  }

  /** The packets of a piece, valid until the next call; undefined: it is none, or has too many. */
  cut(piece: Uint8Array): PacketRun | undefined {
    const cut = this.#cut;
    cut.count = this.#native.cut(piece, this.#lead, cut.bytes, this.#lengthBytes);
    return cut.count > 0 ? cut : undefined;
  }

  /**
   * Joins packets, and calls for each piece with the place of it in `bytes`, which is valid in the call alone, and the number of its packets.
   *
   * @param packets at most `PACKETS_MAX`, of `PACKET_BYTES_MAX` together
   */
  join(packets: PacketRun, take: (bytes: Uint8Array, start: number, end: number, count: number) => void): void {
    const pieces = this.#pieces;
    const count = this.#native.join(packets.bytes, packets.lengths, packets.count, pieces, this.#endBytes);
    for (let i = 0, start = 0; i < count; i++) {
      const end = this.#ends[i]!;
      take(pieces, start, end, packetsIn(pieces, start, end));
      start = end;
    }
  }
}

/** The number of packets in a piece that was joined here: its header says how long its headers are, and how many bytes each packet has behind them. */
function packetsIn(pieces: Uint8Array, start: number, end: number): number {
  const isSingle = pieces[start + 1] === 0;
  if (isSingle) return 1;
  const [headersSize, segmentSize] = new Uint16Array(pieces.slice(start + 2, start + 6).buffer);
  return Math.ceil((end - start - PIECE_HEADER_SIZE - headersSize!) / segmentSize!);
}
