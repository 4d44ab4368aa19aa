/**
 * Probes and their answers travel end to end beside QUIC, as payloads of mesh packets. They find out whether packets of a size
 * get through:
 *
 *      0         1         2         3         4                                      12
 *     +---------+---------+---------+---------+----------------------------------------+---------
 *     |  type   |  flags  |       size        |                 nonce                  | zeros …
 *     +---------+---------+---------+---------+----------------------------------------+---------
 *
 *     type      1: probe, 2: answer. QUIC's second bit is always set, so that a byte below 0x40 is none of its packets
 *     flags     of an answer, bit 0: the probe came with the size mark
 *     size      bytes of the mesh packet with its header, which the zeros make it have; an answer has its probe's
 *     nonce     64 random bits, new for each probe; an answer has its probe's
 */
import { QUIC_MIN } from "../limits.ts";

export const ProbeType = { probe: 1, answer: 2 } as const;

export interface ProbeMessage {
  readonly type: number;
  /** For an answer: whether the probe came with the size mark. */
  readonly isMarked: boolean;
  readonly size: number;
  readonly nonce: bigint;
}

const MARKED_FLAG = 0x01;
const HEAD_SIZE = 12;

/** Whether a payload is not QUIC's. */
export function isBesideQuic(payload: Uint8Array): boolean {
  return payload.length > 0 && payload[0]! < QUIC_MIN;
}

/** Undefined when the payload is neither a probe nor an answer, or its size is not that of the packet. */
export function decodeProbe(payload: Uint8Array, packetSize: number): ProbeMessage | undefined {
  if (payload.length < HEAD_SIZE) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, HEAD_SIZE);
  const type = view.getUint8(0);
  const size = view.getUint16(2);
  if ((type !== ProbeType.probe && type !== ProbeType.answer) || size !== packetSize) return undefined;
  return { type, isMarked: (view.getUint8(1) & MARKED_FLAG) !== 0, size, nonce: view.getBigUint64(4) };
}

/** Fills the payload of a packet of the message's size. */
export function encodeProbe(payload: Uint8Array, message: ProbeMessage): void {
  payload.fill(0);
  const view = new DataView(payload.buffer, payload.byteOffset, HEAD_SIZE);
  view.setUint8(0, message.type);
  view.setUint8(1, message.isMarked ? MARKED_FLAG : 0);
  view.setUint16(2, message.size);
  view.setBigUint64(4, message.nonce);
}
