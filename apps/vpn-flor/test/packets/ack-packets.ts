/** A segment of TCP in a packet of a batch, as tests name what they are about. */
export interface TestSegment {
  readonly version: 4 | 6;
  /** Makes connections differ: a part of an address. */
  readonly host: number;
  readonly port: number;
  readonly ack: number;
  readonly sequence: number;
  readonly window: number;
  readonly flags: number;
  readonly payload: number;
  /** The traffic class, with ECN. */
  readonly marks: number;
  readonly label: number;
  readonly hopLimit: number;
  readonly identification: number;
  /** The bytes of options, a multiple of four. */
  readonly options: readonly number[];
}

export const BARE_ACK: TestSegment = {
  version: 4,
  host: 1,
  port: 80,
  ack: 1_000,
  sequence: 7,
  window: 500,
  flags: 0x10,
  payload: 0,
  marks: 0,
  label: 0,
  hopLimit: 64,
  identification: 1,
  options: [],
};

const word = (value: number): number[] => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
const half = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];

/** The option of timestamps as systems send it: TSval, TSecr. */
export function timestamps(value: number, echo: number): readonly number[] {
  return [1, 1, 8, 10, ...word(value), ...word(echo)];
}

export function segmentBytes(segment: TestSegment): Uint8Array {
  const { host, port, marks, hopLimit, options, payload } = segment;
  const tcp = [
    ...half(port),
    ...half(40_000),
    ...word(segment.sequence),
    ...word(segment.ack),
    (20 + options.length) << 2,
    segment.flags,
    ...half(segment.window),
    ...half(segment.ack * 31),
    0,
    0,
    ...options,
    ...new Uint8Array(payload),
  ];
  if (segment.version === 4) {
    const head = [0x45, marks, ...half(20 + tcp.length), ...half(segment.identification), 0x40, 0, hopLimit, 6];
    return Uint8Array.from([...head, ...half(segment.identification), 192, 0, 2, host, 100, 64, 0, 2, ...tcp]);
  }
  const head = [...word(0x60000000 + marks * 2 ** 20 + segment.label), ...half(tcp.length), 6, hopLimit];
  const source = [0x20, 1, 0x0d, 0xb8, ...new Uint8Array(11), host];
  return Uint8Array.from([...head, ...source, 0xfd, ...new Uint8Array(14), 2, ...tcp]);
}
