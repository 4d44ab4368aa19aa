/** Pieces of a TUN device, as native/node shows them to JavaScript. */

/** Cuts pieces, and joins packets to pieces. Arrays of a call do not overlap; numbers are written as the bytes of a `Uint32Array`. */
export interface NativeSegments {
  /**
   * Cuts a piece into datagrams: packets, or several segments of it behind one header.
   *
   * @param sharedMax bytes of the largest datagram of several segments; 0: each is a packet
   * @param out gets the datagrams, each behind its lead
   * @param lengths gets their lengths, with the lead
   * @param counts gets the packets that each stands for
   * @returns how many datagrams there are; -1: it is no piece; -2: there is not enough room
   */
  cut(piece: Uint8Array, sharedMax: number, out: Uint8Array, lengths: Uint8Array, counts: Uint8Array): number;
  /**
   * Joins the first `count` packets of `bytes`, which are as long as `lengths` says.
   *
   * @param segments the size of the segments that stand for a packet, each but the last; 0: it is one
   * @param out gets the pieces, each behind its header of 10 bytes
   * @param ends gets where each piece ends
   * @returns how many pieces there are
   */
  join(
    bytes: Uint8Array,
    lengths: Uint32Array,
    segments: Uint32Array,
    count: number,
    out: Uint8Array,
    ends: Uint8Array,
  ): number;
}

export interface NativeSegmentCutting {
  /**
   * @param packetsMax packets of a piece, or of a batch
   * @param packet stands before each packet that is cut
   * @param shared stands before the size of segments that share a datagram, which is two bytes in front of them
   */
  readonly NativeSegments: new (packetsMax: number, packet: Uint8Array, shared: Uint8Array) => NativeSegments;
}
