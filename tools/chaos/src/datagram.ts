/** Bytes behind number and time: so few that a datagram goes in one piece over any link. */
const FILLER = 188;
const HEADER = 12;

/** A datagram that holds its number, the time at which it is sent, and bytes that follow from the number. */
export function datagramOf(number: number, sentAt: number): Buffer {
  const bytes = Buffer.alloc(HEADER + FILLER);
  bytes.writeUInt32BE(number);
  bytes.writeDoubleBE(sentAt, 4);
  for (let at = 0; at < FILLER; at++) bytes[HEADER + at] = fillerAt(number, at);
  return bytes;
}

/** Reads a datagram; undefined when it was changed. */
export function readDatagram(bytes: Buffer): { readonly number: number; readonly sentAt: number } | undefined {
  if (bytes.length !== HEADER + FILLER) return undefined;
  const number = bytes.readUInt32BE();
  for (let at = 0; at < FILLER; at++) if (bytes[HEADER + at] !== fillerAt(number, at)) return undefined;
  return { number, sentAt: bytes.readDoubleBE(4) };
}

function fillerAt(number: number, at: number): number {
  return (number * 31 + at * 7) & 0xff;
}
