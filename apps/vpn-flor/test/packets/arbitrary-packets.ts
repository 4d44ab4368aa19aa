import * as fc from "fast-check";

/** The parts of a packet, which are to be read back from it. */
export interface MadePacket {
  readonly version: 4 | 6;
  readonly dscp: number;
  readonly protocol: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly payload: Uint8Array;
  /** Options of IPv4, padded, or extension headers of IPv6 by their numbers. */
  readonly extras: readonly number[];
}

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

/** Protocols with ports, some without, and none that is an extension header. */
const protocol = fc.constantFrom(1, 6, 17, 33, 47, 50, 58, 59, 132, 255);
const payload = fc.uint8Array({ maxLength: 60 });

const ipv4 = fc.record({
  version: fc.constant(4 as const),
  dscp: fc.nat(63),
  protocol,
  source: bytes(4),
  destination: bytes(4),
  payload,
  extras: fc.array(fc.constantFrom(1, 7, 68, 148), { maxLength: 9 }),
});
const ipv6 = fc.record({
  version: fc.constant(6 as const),
  dscp: fc.nat(63),
  protocol,
  source: bytes(16),
  destination: bytes(16),
  payload,
  extras: fc.array(fc.constantFrom(43, 51, 60), { maxLength: 8 }),
});

export const madePacket: fc.Arbitrary<MadePacket> = fc.oneof(ipv4, ipv6);

/** A packet as one datagram. */
export function bytesOfPacket(packet: MadePacket): Uint8Array {
  return packet.version === 4 ? ipv4Bytes(packet, packet.payload, 0) : ipv6Bytes(packet, packet.extras, packet.payload);
}

/** The first fragment, with `firstSize` bytes (a multiple of 8) of the payload, and the other one. */
export function fragmentsOf(packet: MadePacket, firstSize: number): [Uint8Array, Uint8Array] {
  const head = packet.payload.subarray(0, firstSize);
  const tail = packet.payload.subarray(firstSize);
  if (packet.version === 4) return [ipv4Bytes(packet, head, 0x2000), ipv4Bytes(packet, tail, firstSize / 8)];
  const fragment = (field: number, part: Uint8Array): Uint8Array =>
    Uint8Array.from([packet.protocol, 0, field >> 8, field & 0xff, 1, 2, 3, 4, ...part]);
  const through = { ...packet, protocol: 44 };
  return [
    ipv6Bytes(through, packet.extras.slice(0, 7), fragment(1, head)),
    ipv6Bytes(through, packet.extras.slice(0, 7), fragment(firstSize, tail)),
  ];
}

/** The offset of the payload in `bytesOfPacket`. */
export function payloadOffsetOf({ version, extras }: MadePacket): number {
  if (version === 4) return 20 + extras.length * 4;
  return 40 + extras.reduce((sum, extra) => sum + extensionOf(extra, 0).length, 0);
}

function ipv4Bytes(packet: MadePacket, payload: Uint8Array, fragment: number): Uint8Array {
  const options = packet.extras.flatMap((type) => (type === 1 ? [1, 1, 1, 1] : [type, 4, 0, 0]));
  const headerSize = 20 + options.length;
  const length = headerSize + payload.length;
  const fixed = [0x40 | (headerSize / 4), packet.dscp << 2, length >> 8, length & 0xff, 0, 9];
  const rest = [fragment >> 8, fragment & 0xff, 64, packet.protocol, 0, 0];
  return Uint8Array.from([...fixed, ...rest, ...packet.source, ...packet.destination, ...options, ...payload]);
}

function ipv6Bytes(packet: MadePacket, extras: readonly number[], payload: Uint8Array): Uint8Array {
  const chain = extras.flatMap((extra, index) => extensionOf(extra, extras[index + 1] ?? packet.protocol));
  const length = chain.length + payload.length;
  const trafficClass = packet.dscp << 2;
  const fixed = [0x60 | (trafficClass >> 4), (trafficClass & 0xf) << 4, 0, 0, length >> 8, length & 0xff];
  const all = [...fixed, extras[0] ?? packet.protocol, 64, ...packet.source, ...packet.destination];
  return Uint8Array.from([...all, ...chain, ...payload]);
}

/** An extension header of the type `extra` that names `next`. */
function extensionOf(extra: number, next: number): number[] {
  if (extra === 51) return [next, 4, ...Array<number>(22).fill(0)];
  if (extra === 43) return [next, 2, 4, 0, ...Array<number>(20).fill(0)];
  return [next, 0, 1, 4, 0, 0, 0, 0];
}
