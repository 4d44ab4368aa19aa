/** Pieces of a TUN device, as native/node shows them to JavaScript. */

/** Cuts pieces, and joins packets to pieces. Arrays of a call do not overlap; numbers are written as the bytes of a `Uint32Array`. */
export interface NativeSegments {
  /**
   * Cuts a piece into packets.
   *
   * @param lead stands before each packet
   * @param out gets the packets
   * @param lengths gets their lengths, with the lead
   * @returns how many packets there are; -1: it is no piece; -2: there is not enough room
   */
  cut(piece: Uint8Array, lead: Uint8Array, out: Uint8Array, lengths: Uint8Array): number;
  /**
   * Joins the first `count` packets of `bytes`, which are as long as `lengths` says.
   *
   * @param out gets the pieces, each behind its header of 10 bytes
   * @param ends gets where each piece ends
   * @returns how many pieces there are
   */
  join(bytes: Uint8Array, lengths: Uint32Array, count: number, out: Uint8Array, ends: Uint8Array): number;
}

export interface NativeSegmentCutting {
  /** @param packetsMax packets of a piece, or of a batch */
  readonly NativeSegments: new (packetsMax: number) => NativeSegments;
}
