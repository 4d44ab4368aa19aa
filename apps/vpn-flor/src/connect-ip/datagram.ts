import { CONTEXT_SIZE } from "./limits.ts";
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

/** The largest packet of IP. */
const PACKET_SIZE_MAX = 65_535;

/** Room for a packet behind its context id, which is used for one packet after the other. */
export class PacketDatagram {
  readonly #bytes = new Uint8Array(CONTEXT_SIZE + PACKET_SIZE_MAX);
  /** The room of the packet itself. */
  readonly packet: Uint8Array = this.#bytes.subarray(CONTEXT_SIZE);

  /** The datagram of a packet, which is copied: valid until the next one. */
  of(packet: Uint8Array): Uint8Array {
    this.packet.set(packet);
    return this.first(packet.length);
  }

  /** The datagram of the packet of so many bytes that was written into `packet`. */
  first(length: number): Uint8Array {
    return this.#bytes.subarray(0, CONTEXT_SIZE + length);
  }
}
