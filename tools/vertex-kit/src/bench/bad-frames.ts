import { dataFrame, header, lengthOf } from "./frames.ts";

const HEADER_SIZE = 8;

/** Frames that break a rule. Each holds a packet that must not be carried. */
export function badFrames(handle: number, packet: Uint8Array): Uint8Array[] {
  const good = dataFrame(handle, [packet]);
  const size = lengthOf(packet.length);
  return [
    new Uint8Array(0),
    good.subarray(0, 3),
    good.subarray(0, HEADER_SIZE),
    header({ type: 2 }),
    Buffer.concat([header({ version: 0, handle }), size, packet]),
    Buffer.concat([header({ version: 2, handle }), size, packet]),
    Buffer.concat([header({ type: 0, handle }), size, packet]),
    Buffer.concat([header({ type: 3, handle }), size, packet]),
    Buffer.concat([header({ handle: 0 }), size, packet]),
    Buffer.concat([good, Uint8Array.of(0)]),
    Buffer.concat([good, lengthOf(0)]),
    Buffer.concat([good, lengthOf(100), packet.subarray(0, 10)]),
    Buffer.concat([header({ handle }), lengthOf(packet.length + 1), packet]),
    good.subarray(0, good.length - 1),
  ];
}
