import type { DatagramRun } from "@florenetes/data-session/workload";
import { readUint16 } from "@florenetes/wire-values";
import { tcpHeadersSize } from "../packets/tcp-headers.ts";
import { CONTEXT_SIZE, SEGMENT_SIZE_MIN, SEGMENT_SIZE_SIZE } from "./limits.ts";
import { readVarint, varintSize } from "./varint.ts";

/** The context id of whole IP packets (RFC 9484, 6). */
const IP_PACKET_CONTEXT = 0;
/** The context id of segments that share a datagram: an even one, as the client begins with it (RFC 9484, 6). */
const SEGMENTS_CONTEXT = 2;

/** The context ids that stand before a packet, or the size of segments, in a datagram. */
export const DATAGRAM_LEADS: { readonly packet: Uint8Array; readonly shared: Uint8Array } = {
  packet: Uint8Array.of(IP_PACKET_CONTEXT),
  shared: Uint8Array.of(SEGMENTS_CONTEXT),
};

/** Datagrams, and the packets that each of them stands for. */
export interface PacketDatagrams extends DatagramRun {
  readonly packets: Uint32Array;
}

/** The number of packets that datagrams stand for, from one of them on. */
export function packetsIn({ packets, count }: PacketDatagrams, from = 0): number {
  let sum = 0;
  for (let i = from; i < count; i++) sum += packets[i]!;
  return sum;
}

/** Makes datagrams of what a device hands out. */
export interface PieceCutter {
  /** Bytes before the packet in a piece. */
  readonly headerSize: number;
  /** Whether the device takes segments that have shared a datagram. */
  readonly takesSegments: boolean;
  /**
   * The datagrams of the packets in a piece, valid until the next one; undefined: it cannot be cut.
   *
   * @param sharedMax bytes of the largest datagram of several segments; 0: each segment is a packet of its own
   */
  cut(piece: Uint8Array, sharedMax: number): PacketDatagrams | undefined;
}

/**
 * Why a datagram is dropped.
 *
 * - `context`: it is cut, or has a context that nobody has agreed on.
 * - `segments`: it says that segments share it, and they do not, or they are too small.
 */
export type DatagramFault = "context" | "segments";

/** A view of one datagram, which is made once and reads one after the other. */
export class PacketDatagramReader {
  /** The offset at which the packet begins. */
  start = 0;
  /** Bytes of each segment behind the headers, but for the last one; 0: it is a packet. */
  segmentSize = 0;
  /** The packets that it stands for; 1 after a fault. */
  packets = 1;

  /** @param takesSegments whether segments may share it */
  read(datagram: Uint8Array, takesSegments: boolean): DatagramFault | undefined {
    this.segmentSize = 0;
    this.packets = 1;
    if (datagram.length === 0) return "context";
    this.start = varintSize(datagram[0]!);
    if (this.start > datagram.length) return "context";
    const context = readVarint(datagram, 0);
    if (context === IP_PACKET_CONTEXT) return undefined;
    return takesSegments && context === SEGMENTS_CONTEXT ? this.#readSegments(datagram) : "context";
  }

  #readSegments(datagram: Uint8Array): DatagramFault | undefined {
    const at = this.start + SEGMENT_SIZE_SIZE;
    const headers = tcpHeadersSize(datagram.subarray(at));
    if (headers === undefined) return "segments";
    const size = readUint16(datagram, this.start);
    const payload = datagram.length - at - headers;
    if (size < SEGMENT_SIZE_MIN || payload <= size) return "segments";
    this.start = at;
    this.segmentSize = size;
    this.packets = Math.ceil(payload / size);
    return undefined;
  }
}

/** The largest packet of IP. */
const PACKET_SIZE_MAX = 65_535;

/** Room for a packet behind its context id, which is used for one packet after the other. Pieces are packets. */
export class PacketDatagram implements PieceCutter {
  readonly headerSize = 0;
  readonly takesSegments = false;
  readonly #bytes = new Uint8Array(CONTEXT_SIZE + PACKET_SIZE_MAX);
  readonly #lengths = new Uint32Array(1);
  readonly #run: PacketDatagrams = {
    bytes: this.#bytes,
    lengths: this.#lengths,
    packets: Uint32Array.of(1),
    count: 1,
  };
  /** The room of the packet itself. */
  readonly packet: Uint8Array = this.#bytes.subarray(CONTEXT_SIZE);

  cut(packet: Uint8Array): PacketDatagrams {
    this.packet.set(packet);
    return this.first(packet.length);
  }

  /** The datagram of the packet of so many bytes that was written into `packet`. */
  first(length: number): PacketDatagrams {
    this.#lengths[0] = CONTEXT_SIZE + length;
    return this.#run;
  }
}
