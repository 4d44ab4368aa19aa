import { type NativeSegments, openDataPlane } from "@florenetes/data-plane";
import { PACKET_BYTES_MAX, PACKETS_MAX, PIECE_HEADER_SIZE } from "./limits.ts";

/** Packets one behind the other. Several segments of a connection may stand for a packet, behind one header. */
export interface PacketRun {
  readonly bytes: Uint8Array;
  /** The packets' lengths, `count` of them. */
  readonly lengths: Uint32Array;
  /** For each the size of its segments behind the header, but for the last one; 0: it is a packet. */
  readonly segments: Uint32Array;
  readonly count: number;
}

/** Datagrams one behind the other, as a piece is cut into them. */
export interface CutRun {
  readonly bytes: Uint8Array;
  /** The datagrams' lengths with their leads, `count` of them. */
  readonly lengths: Uint32Array;
  /** The packets that each stands for. */
  readonly packets: Uint32Array;
  readonly count: number;
}

/** The bytes before each datagram. */
export interface Leads {
  /** Stands before a packet. */
  readonly packet: Uint8Array;
  /** Stands before the size of segments that share a datagram, which is two bytes in front of them. */
  readonly shared: Uint8Array;
}

/**
 * Cuts pieces of a TUN device (`TunDevice`, `inPieces`) into datagrams, and joins what such datagrams have to pieces: segments of one TCP connection that
 * follow each other go through device and kernel as one. It works in Rust, and has memory for one batch, which is used again.
 */
export class Segments {
  readonly #native: NativeSegments;
  readonly #cut = {
    bytes: new Uint8Array(PACKET_BYTES_MAX),
    lengths: new Uint32Array(PACKETS_MAX),
    packets: new Uint32Array(PACKETS_MAX),
    count: 0,
  };
  readonly #pieces = new Uint8Array(PACKET_BYTES_MAX + PACKETS_MAX * PIECE_HEADER_SIZE);
  readonly #ends = new Uint32Array(PACKETS_MAX);
  readonly #lengthBytes = new Uint8Array(this.#cut.lengths.buffer);
  readonly #packetBytes = new Uint8Array(this.#cut.packets.buffer);
  readonly #endBytes = new Uint8Array(this.#ends.buffer);

  private constructor(native: NativeSegments) {
    this.#native = native;
  }

  /** Opens what cuts and joins; undefined: the native add-on is not there. */
  static open({ packet, shared }: Leads): Segments | undefined {
    const plane = openDataPlane();
    if (plane.kind !== "native") return undefined;
    return new Segments(new plane.addon.NativeSegments(PACKETS_MAX, packet, shared));
  }

  /**
   * The datagrams of a piece, valid until the next call; undefined: it is none, or has too many.
   *
   * @param sharedMax bytes of the largest datagram of several segments; 0: each is a packet of its own
   */
  cut(piece: Uint8Array, sharedMax: number): CutRun | undefined {
    const cut = this.#cut;
    cut.count = this.#native.cut(piece, sharedMax, cut.bytes, this.#lengthBytes, this.#packetBytes);
    return cut.count > 0 ? cut : undefined;
  }

  /**
   * Joins packets, and calls for each piece with the place of it in `bytes`, which is valid in the call alone, and the number of its packets. What is said to
   * have segments and has none is left out.
   *
   * @param packets at most `PACKETS_MAX`, of `PACKET_BYTES_MAX` together
   */
  join(
    { bytes, lengths, segments, count }: PacketRun,
    take: (bytes: Uint8Array, start: number, end: number, count: number) => void,
  ): void {
    const pieces = this.#pieces;
    const joined = this.#native.join(bytes, lengths, segments, count, pieces, this.#endBytes);
    for (let i = 0, start = 0; i < joined; i++) {
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
