import {
  checkFrame,
  controlMessage,
  FIRST_PACKET,
  frameHandle,
  FrameVerdict,
  nextPacket,
  packetEnd,
} from "@florenetes/florio";

const VERSION = 1;
const DATA = 1;
const CONTROL = 2;
const HEADER_SIZE = 8;
const LENGTH_SIZE = 2;
/** Every link carries packets of this size. */
const PACKET_SIZE = 1_280;

/** A requirement that a vertex has broken by what it sent. */
export interface Offence {
  readonly requirement: string;
  readonly seen: string;
}

/** The content of a frame, and what is wrong with it. */
export interface HeardFrame {
  readonly handle: number;
  readonly packets: readonly Uint8Array[];
  readonly message: Uint8Array | undefined;
  readonly offences: readonly Offence[];
}

/** The fields of a header, each of which may be wrong. */
export interface Header {
  readonly version?: number;
  readonly type?: number;
  readonly flags?: number;
  readonly handle?: number;
}

export function header({ version = VERSION, type = DATA, flags = 0, handle = 0 }: Header): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, type);
  view.setUint16(2, flags);
  view.setUint32(4, handle);
  return bytes;
}

export function controlFrame(message: Uint8Array, other: Header = {}): Uint8Array {
  return Buffer.concat([header({ type: CONTROL, ...other }), message]);
}

/** A DATA frame, good or not. */
export function dataFrame(handle: number, packets: readonly Uint8Array[], flags = 0): Uint8Array {
  const parts = packets.flatMap((packet) => [lengthOf(packet.length), packet]);
  return Buffer.concat([header({ type: DATA, handle, flags }), ...parts]);
}

/** The bytes of a length before a packet. */
export function lengthOf(length: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_SIZE);
  new DataView(bytes.buffer).setUint16(0, length);
  return bytes;
}

/** Sizes of packets that fill a frame of `size` bytes to its last byte. */
export function sizesThatFill(size: number): number[] {
  const sizes: number[] = [];
  let room = size - HEADER_SIZE;
  while (room >= 2 * (PACKET_SIZE + LENGTH_SIZE)) {
    sizes.push(PACKET_SIZE);
    room -= PACKET_SIZE + LENGTH_SIZE;
  }
  const half = Math.floor(room / 2);
  return [...sizes, half - LENGTH_SIZE, room - half - LENGTH_SIZE];
}

/** Reads a frame of the vertex, strictly. Of the two partners, only a cluster vertex may tell the source of a DATA frame by a flag. */
export function readFrame(bytes: Uint8Array, mayTellSource: boolean): HeardFrame {
  const verdict = checkFrame(bytes);
  const nothing = { handle: 0, packets: [], message: undefined, offences: [] };
  if (verdict !== FrameVerdict.data && verdict !== FrameVerdict.control) {
    const start = Buffer.from(bytes.subarray(0, HEADER_SIZE)).toString("hex");
    return {
      ...nothing,
      offences: [{ requirement: "FI-1", seen: `a frame of ${bytes.length} bytes that begins with ${start}` }],
    };
  }
  const offences = [];
  const mayHaveFlags = mayTellSource && verdict === FrameVerdict.data;
  if (!mayHaveFlags && (bytes[2] !== 0 || bytes[3] !== 0))
    offences.push({ requirement: "FI-2", seen: "a frame with flags" });
  if (verdict === FrameVerdict.control) {
    if (frameHandle(bytes) !== 0) offences.push({ requirement: "FI-2", seen: "a CONTROL frame with a link handle" });
    return { ...nothing, message: controlMessage(bytes), offences };
  }
  const packets: Uint8Array[] = [];
  for (let at = FIRST_PACKET; at < bytes.length; at = nextPacket(bytes, at))
    packets.push(bytes.subarray(at, packetEnd(bytes, at)));
  return { ...nothing, handle: frameHandle(bytes), packets, offences };
}
