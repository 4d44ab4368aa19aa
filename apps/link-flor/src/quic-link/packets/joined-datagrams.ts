import { CONNECTION_ID_LENGTH } from "../limits.ts";

const LONG_HEADER_BIT = 0x80;
const ID_AT = 1;
/** The shortest packet with an ID of ours: its first byte, the ID, and the bytes that header protection needs (RFC 9001, 5.4.2). */
const SIZE_MIN: number = 1 + CONNECTION_ID_LENGTH + 20;

/**
 * The size of the datagrams that the kernel has joined (UDP_GRO): all but the last are of that size, and all are of one
 * sender. It is the buffer's length when there is only one.
 *
 * Node does not pass on the size, so it is read off the bytes: packets for one connection begin with the same ID, 8 random bytes
 * that stand nowhere else in encrypted bytes. Packets with a long header say their own lengths (RFC 9000, 12.2). When the first ID
 * does not come again, all bytes count as one datagram, which could not be read if there were several: so a `BatchSender` joins
 * payloads of one connection alone.
 */
export function joinedSize(datagrams: Uint8Array): number {
  if (datagrams.length < 2 * SIZE_MIN || (datagrams[0]! & LONG_HEADER_BIT) !== 0) return datagrams.length;
  const second = indexOfId(datagrams);
  return second < 0 ? datagrams.length : second - ID_AT;
}

/** Index at which the connection ID of the first packet comes again; -1: nowhere. */
function indexOfId(datagrams: Uint8Array): number {
  const { buffer, byteOffset, length } = datagrams;
  const id = datagrams.subarray(ID_AT, ID_AT + CONNECTION_ID_LENGTH);
  return Buffer.from(buffer, byteOffset, length).indexOf(id, ID_AT + SIZE_MIN);
}
