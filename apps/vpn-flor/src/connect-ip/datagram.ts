import type { DatagramRun } from "@florenetes/data-session/workload";
import { CONTEXT_SIZE } from "./limits.ts";
import { readVarint, varintSize } from "./varint.ts";

/** The context id of whole IP packets (RFC 9484, 6). */
const IP_PACKET_CONTEXT = 0;

/** Stands before each packet: its context. */
export const PACKET_LEAD: Uint8Array = Uint8Array.of(IP_PACKET_CONTEXT);

/** Makes datagrams of what a device hands out. */
export interface PieceCutter {
  /** Bytes before the packet in a piece. */
  readonly headerSize: number;
  /** The datagrams of the packets in a piece, valid until the next one; undefined: it cannot be cut. */
  cut(piece: Uint8Array): DatagramRun | undefined;
}

/** The offset at which the packet of a datagram begins; -1 when the datagram is cut or has another context, which nobody has agreed on. */
export function packetStart(datagram: Uint8Array): number {
  if (datagram.length === 0) return -1;
  const size = varintSize(datagram[0]!);
  if (size > datagram.length || readVarint(datagram, 0) !== IP_PACKET_CONTEXT) return -1;
  return size;
}

/** The largest packet of IP. */
const PACKET_SIZE_MAX = 65_535;

/** Room for a packet behind its context id, which is used for one packet after the other. Pieces are packets. */
export class PacketDatagram implements PieceCutter {
  readonly headerSize = 0;
  readonly #bytes = new Uint8Array(CONTEXT_SIZE + PACKET_SIZE_MAX);
  readonly #lengths = new Uint32Array(1);
  readonly #run: DatagramRun = { bytes: this.#bytes, lengths: this.#lengths, count: 1 };
  /** The room of the packet itself. */
  readonly packet: Uint8Array = this.#bytes.subarray(CONTEXT_SIZE);

  cut(packet: Uint8Array): DatagramRun {
    this.packet.set(packet);
    return this.first(packet.length);
  }

  /** The datagram of the packet of so many bytes that was written into `packet`. */
  first(length: number): DatagramRun {
    this.#lengths[0] = CONTEXT_SIZE + length;
    return this.#run;
  }
}
