import { mix } from "@florenetes/forwarding";
import { readUint16, readUint32 } from "@florenetes/wire-values";
import { ACK_PLACES } from "./limits.ts";
import { IPV4_HEADER_SIZE, IPV6_HEADER_SIZE, IpProtocol } from "./protocols.ts";

/** Packets one behind the other, as a device hands them out, each with its length; further ones may have been there before. */
export interface PacketBatch {
  readonly slab: Uint8Array;
  readonly lengths: Uint32Array;
}

/** Bytes of the header of TCP without options, and with timestamps alone (RFC 9293, 3.1; RFC 7323, 3.2). */
const TCP_SIZE = 20;
const TCP_SIZE_WITH_TIMESTAMPS = 32;
const TCP_SEQUENCE_AT = 4;
const TCP_ACK_AT = 8;
/** The header's size in the upper half, and bits that mean nothing or belong to AccECN. */
const TCP_OFFSET_AT = 12;
const TCP_FLAGS_AT = 13;
const TCP_WINDOW_AT = 14;
const TCP_OPTIONS_AT = 20;
const TCP_TIMESTAMP_AT = 24;
const TCP_ECHO_AT = 28;
/** ACK, and no other flag. */
const ACK_ALONE = 0x10;
/** Two bytes of padding before the timestamps, as RFC 7323, A recommends and systems send it. */
const TIMESTAMPS_ALONE = 0x0101080a;

const IPV4_WITHOUT_OPTIONS = 0x45;
/** More fragments, and the offset (RFC 791). */
const IPV4_FRAGMENT_BITS = 0x3fff;

/** The packet is of no TCP connection. */
const NOT_TCP = -1;
/** The packet may be of any connection: a fragment, or TCP behind other headers. */
const UNCLEAR = -2;
/** No acknowledgement is remembered. */
const NONE = -1;

/**
 * Finds acknowledgements of TCP that say nothing which a later one of the same batch does not say, too ("ACK filtering", RFC 3449, 5.2.1). One of these two is
 * left out where both are bare (no payload, the flag ACK alone, timestamps at most), the later one acknowledges more, and
 *
 * - nothing else of the connection lies between them, so that order stays;
 * - they differ in no other field than the acknowledgement, the window, the timestamps, checksums and the identification of IPv4. The sequence number is among
 *   the equal ones, so that nobody off the path can have an acknowledgement left out by a forged one;
 * - the later one has no older timestamps, which its receiver would refuse (RFC 7323, 5), and its window, as the header has it, ends no earlier. The scale of
 *   windows was said when the connection began. A receiver that takes nothing back (RFC 9293, 3.8.6) is within this rule at any scale, and of one that does a
 *   sender takes the last word all the same.
 *
 * Equal acknowledgement numbers are duplicates, of which a sender counts each (RFC 5681, 3.2): all of these stay.
 *
 * An acknowledgement is remembered by the hash of its connection. Another connection with the same place drives it out, and it stays.
 */
export class AckThinning {
  /** Acknowledgements that were left out. */
  thinnedAcks = 0;
  readonly #headerSize: number;
  readonly #isSuperseded: Uint8Array;
  readonly #isDuplicate: Uint8Array;
  /** The place of each packet in the slab. */
  readonly #starts: Uint32Array;
  /** Numbers of packets: the last acknowledgement of the connections that have a place. */
  readonly #last = new Int16Array(ACK_PLACES);

  /**
   * @param headerSize bytes before each packet, which are not looked at
   * @param packetsMax packets of a batch, at most 32,767
   */
  constructor(headerSize: number, packetsMax: number) {
    this.#headerSize = headerSize;
    this.#isSuperseded = new Uint8Array(packetsMax);
    this.#isDuplicate = new Uint8Array(packetsMax);
    this.#starts = new Uint32Array(packetsMax);
  }

  /** Looks at a batch of so many packets, which may be anything. It allocates nothing, and looks at each packet once. */
  handleBatch({ slab, lengths }: PacketBatch, count: number): void {
    this.#isSuperseded.fill(0);
    if (!this.#mayThin(lengths, count)) return;
    this.#last.fill(NONE);
    for (let i = 0, at = 0; i < count; i++) {
      const length = lengths[i]!;
      this.#handlePacket(slab, at + this.#headerSize, length - this.#headerSize, i);
      at += length;
    }
  }

  /** Whether a packet of the present batch is to be left out. */
  isSuperseded(number: number): boolean {
    return this.#isSuperseded[number] === 1;
  }

  /** Whether two packets have a length that bare acknowledgements have: most batches without these cost no more than this. */
  #mayThin(lengths: Uint32Array, count: number): boolean {
    let candidates = 0;
    for (let i = 0; i < count; i++) if (isAckLength(lengths[i]! - this.#headerSize)) candidates++;
    return candidates > 1;
  }

  #handlePacket(bytes: Uint8Array, at: number, length: number, number: number): void {
    const tcp = tcpOf(bytes, at, length);
    if (tcp === NOT_TCP) return;
    if (tcp === UNCLEAR) {
      this.#last.fill(NONE);
      return;
    }
    const place = placeOf(bytes, at, tcp);
    if (!isBareAck(bytes, at, tcp, length)) {
      this.#last[place] = NONE;
      return;
    }
    const former = this.#last[place]!;
    this.#last[place] = number;
    this.#starts[number] = at;
    this.#isDuplicate[number] = 0;
    if (former !== NONE) this.#compare(bytes, former, number, tcp - at);
  }

  /** Judges the acknowledgement before this one, whose connection may be another. */
  #compare(bytes: Uint8Array, former: number, number: number, ipSize: number): void {
    const earlier = this.#starts[former]!;
    const later = this.#starts[number]!;
    if (!isSameConnection(bytes, earlier, later, ipSize)) return;
    const advance = difference(bytes, earlier + ipSize + TCP_ACK_AT, later + ipSize + TCP_ACK_AT);
    if (advance === 0) this.#isDuplicate[number] = 1;
    if (advance <= 0 || this.#isDuplicate[former] === 1) return;
    if (!isAlike(bytes, earlier, later, ipSize) || !isNewer(bytes, earlier + ipSize, later + ipSize, advance)) return;
    this.#isSuperseded[former] = 1;
    this.thinnedAcks++;
  }
}

function isAckLength(length: number): boolean {
  switch (length) {
    case IPV4_HEADER_SIZE + TCP_SIZE:
    case IPV4_HEADER_SIZE + TCP_SIZE_WITH_TIMESTAMPS:
    case IPV6_HEADER_SIZE + TCP_SIZE:
    case IPV6_HEADER_SIZE + TCP_SIZE_WITH_TIMESTAMPS:
      return true;
    default:
      return false;
  }
}

/** The place of TCP's header in `bytes`; `NOT_TCP` or `UNCLEAR` without one. */
function tcpOf(bytes: Uint8Array, at: number, length: number): number {
  if (length < IPV4_HEADER_SIZE) return UNCLEAR;
  const version = bytes[at]! >> 4;
  if (version === 4) {
    if (bytes[at + 9] !== IpProtocol.tcp) return NOT_TCP;
    const isPlain = bytes[at] === IPV4_WITHOUT_OPTIONS && (readUint16(bytes, at + 6) & IPV4_FRAGMENT_BITS) === 0;
    return isPlain && length >= IPV4_HEADER_SIZE + TCP_SIZE ? at + IPV4_HEADER_SIZE : UNCLEAR;
  }
  if (version !== 6 || length < IPV6_HEADER_SIZE + TCP_SIZE) return UNCLEAR;
  const next = bytes[at + 6]!;
  if (next === IpProtocol.udp || next === IpProtocol.icmpv6) return NOT_TCP;
  return next === IpProtocol.tcp ? at + IPV6_HEADER_SIZE : UNCLEAR;
}

/** The first of a packet's addresses, which end where TCP begins. */
function addressesAt(at: number, ipSize: number): number {
  return at + (ipSize === IPV4_HEADER_SIZE ? 12 : 8);
}

function placeOf(bytes: Uint8Array, at: number, tcp: number): number {
  let hash = 0;
  // The ports follow the addresses.
  for (let word = addressesAt(at, tcp - at); word <= tcp; word += 4) hash = mix(hash, readUint32(bytes, word));
  return (hash >>> 0) % ACK_PLACES;
}

function isBareAck(bytes: Uint8Array, at: number, tcp: number, length: number): boolean {
  const size = length - (tcp - at);
  if (size !== TCP_SIZE && size !== TCP_SIZE_WITH_TIMESTAMPS) return false;
  const isWhole = bytes[at]! >> 4 === 4 ? readUint16(bytes, at + 2) === length : readUint16(bytes, at + 4) === size;
  if (!isWhole || bytes[tcp + TCP_OFFSET_AT] !== size << 2 || bytes[tcp + TCP_FLAGS_AT] !== ACK_ALONE) return false;
  return size === TCP_SIZE || readUint32(bytes, tcp + TCP_OPTIONS_AT) === TIMESTAMPS_ALONE;
}

function isSameConnection(bytes: Uint8Array, earlier: number, later: number, ipSize: number): boolean {
  if (bytes[earlier]! >> 4 !== bytes[later]! >> 4) return false;
  for (let offset = addressesAt(0, ipSize); offset <= ipSize; offset += 4)
    if (!isSameWord(bytes, earlier + offset, later + offset)) return false;
  return true;
}

/** Whether bare acknowledgements of a connection have the same marks, label, size, hop limit and sequence number. */
function isAlike(bytes: Uint8Array, earlier: number, later: number, ipSize: number): boolean {
  const second = ipSize === IPV4_HEADER_SIZE ? 6 : 4;
  const sequence = ipSize + TCP_SEQUENCE_AT;
  return (
    isSameWord(bytes, earlier, later) &&
    isSameWord(bytes, earlier + second, later + second) &&
    isSameWord(bytes, earlier + sequence, later + sequence)
  );
}

/** Whether neither the window nor the timestamps go back; by either place of TCP, for headers of the same size. */
function isNewer(bytes: Uint8Array, earlier: number, later: number, advance: number): boolean {
  const growth = readUint16(bytes, later + TCP_WINDOW_AT) - readUint16(bytes, earlier + TCP_WINDOW_AT);
  if (advance + growth < 0) return false;
  if (bytes[later + TCP_OFFSET_AT] === TCP_SIZE << 2) return true;
  const isTimeNewer = difference(bytes, earlier + TCP_TIMESTAMP_AT, later + TCP_TIMESTAMP_AT) >= 0;
  return isTimeNewer && difference(bytes, earlier + TCP_ECHO_AT, later + TCP_ECHO_AT) >= 0;
}

function isSameWord(bytes: Uint8Array, one: number, other: number): boolean {
  return readUint32(bytes, one) === readUint32(bytes, other);
}

/** By how much the number at the second place is beyond that at the first, modulo 2^32: from -2^31 to 2^31 - 1 (RFC 9293, 3.4). */
function difference(bytes: Uint8Array, from: number, to: number): number {
  return (readUint32(bytes, to) - readUint32(bytes, from)) | 0;
}
