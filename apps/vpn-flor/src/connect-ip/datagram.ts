import { readVarint, varintSize } from "./varint.ts";

/** The context id of whole IP packets (RFC 9484, 6). */
const IP_PACKET_CONTEXT = 0;

/** The offset at which the packet of a datagram begins; -1 when the datagram is cut or has another context, which nobody has agreed on. */
export function packetStart(datagram: Uint8Array): number {
  if (datagram.length === 0) return -1;
  const size = varintSize(datagram[0]!);
  if (size > datagram.length || readVarint(datagram, 0) !== IP_PACKET_CONTEXT) return -1;
  return size;
}
