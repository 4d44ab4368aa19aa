import { CONNECTION_ID_LENGTH } from "../limits.ts";

const LONG_HEADER_BIT = 0x80;
const ID_AT = 1;
/** First byte, connection ID, and what header protection samples (RFC 9001, 5.4.2): shorter packets with our IDs do not exist. */
const SIZE_MIN: number = 1 + CONNECTION_ID_LENGTH + 20;

/**
 * The size of the datagrams that the kernel has joined (UDP_GRO): all but the last are of that size, and all are of one
 * sender. It is the buffer's length when there is only one.
 *
 * Node does not pass on the size, so it is read off the bytes: packets for one connection begin with the same 8 random bytes,
 * which stand nowhere else in what is encrypted. Packets with a long header say their own lengths (RFC 9000, 12.2). Where the first
 * is the only one of its connection, all count as one, which nobody can read: so a `BatchSender` joins those of one connection alone.
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
