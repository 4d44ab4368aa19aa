import { checkHeader, labelCountOf, labelOf, LABEL_OPERATIONS, payloadOf } from "./header.ts";
import { DropCause } from "./verdict.ts";

/** The payload of a question begins so: docs/protocol/trace.md. The first byte is below those of QUIC's packets. */
export const QUESTION_MAGIC: readonly number[] = [0x03, 0x54, 0x52, 0x51];

/**
 * Whether `packet[start, end)` asks how far it gets: its last label is the one of operations, and its payload says so. To be asked of
 * packets that are dropped, whatever is wrong with them.
 */
export function isQuestion(packet: Uint8Array, start: number, end: number): boolean {
  if (checkHeader(packet, start, end) !== DropCause.none) return false;
  if (labelOf(packet, start, labelCountOf(packet, start) - 1) !== LABEL_OPERATIONS) return false;
  const payload = payloadOf(packet, start);
  return payload + QUESTION_MAGIC.length <= end && QUESTION_MAGIC.every((byte, i) => packet[payload + i] === byte);
}
