import { randomBytes } from "node:crypto";

const VERSION = 1;
const HOP_LIMIT = 32;
const FIXED_SIZE = 12;
const WORD_SIZE = 4;
const LABEL_SHIFT = 12;
/** A label for the vertex behind the cluster vertex: nobody here reads it. */
const LAST_LABEL = 900;

/** The header of a mesh packet (docs/protocol/mesh-packet.md). Each header is of another connection. */
export function headerOf(labels: readonly number[], trafficClass = 0): Buffer {
  const header = Buffer.alloc(FIXED_SIZE + WORD_SIZE * labels.length);
  header.writeUInt8((VERSION << 4) | (trafficClass << 1), 0);
  header.writeUInt8(HOP_LIMIT, 1);
  header.writeUInt8(labels.length, 2);
  randomBytes(8).copy(header, 4);
  labels.forEach((label, i) => header.writeUInt32BE((label << LABEL_SHIFT) >>> 0, FIXED_SIZE + WORD_SIZE * i));
  return header;
}

/** A mesh packet with these labels, of `size` bytes in all. No two packets are the same. */
export function meshPacket(labels: readonly number[], size: number): Buffer {
  const header = headerOf(labels);
  return Buffer.concat([header, randomBytes(size - header.length)]);
}

/** A packet that goes out by a label of the cluster vertex, and has another label for the next vertex. */
export function passing(label: number, size: number): Buffer {
  return meshPacket([label, LAST_LABEL], size);
}

/** The bytes of a packet that no vertex on the way changes, as a view. */
export function payloadOf(packet: Uint8Array): Buffer {
  const start = FIXED_SIZE + WORD_SIZE * (packet[2] ?? 0);
  return Buffer.from(packet.buffer, packet.byteOffset + start, Math.max(0, packet.length - start));
}

/** The smallest packet that passes: a header with two labels, and enough bytes to make each packet another one. */
export const PACKET_SIZE_MIN: number = FIXED_SIZE + 2 * WORD_SIZE + 8;
