import { formatAddress, parseAddress } from "./addresses.ts";

export type IpVersion = 4 | 6;

/** Addresses with a prefix in common. */
export interface IpNetwork {
  readonly version: IpVersion;
  /** The first address, 4 or 16 bytes: no bit behind the prefix is set. */
  readonly bytes: Uint8Array;
  /** Bits: 0 to 32, or 0 to 128. */
  readonly prefix: number;
}

/** Addresses from the first to the last, both of which are in it: the form of ROUTE_ADVERTISEMENT (RFC 9484, 4.7.3). */
export interface AddressRange {
  readonly version: IpVersion;
  readonly first: Uint8Array;
  readonly last: Uint8Array;
}

const PREFIX = /^(?:0|[1-9][0-9]{0,2})$/;

/**
 * A network as operators write it: `10.0.0.0/8`, `fd00::/8`, or one address. Undefined when the text is none; `host-bits` when bits
 * behind the prefix are set, as in `10.0.0.1/8`: either the address or the prefix is not the one that was meant.
 */
export function parseNetwork(text: string): IpNetwork | "host-bits" | undefined {
  const [address = "", length, ...more] = text.split("/", 3);
  const bytes = parseAddress(address);
  if (bytes === undefined || more.length > 0) return undefined;
  const bits = bytes.length * 8;
  if (length !== undefined && (!PREFIX.test(length) || Number(length) > bits)) return undefined;
  const network: IpNetwork = { version: versionOf(bytes), bytes, prefix: length === undefined ? bits : Number(length) };
  return bytes.some((byte, index) => (byte & hostMask(network, index)) !== 0) ? "host-bits" : network;
}

/** The text of a network, always with its prefix: `192.0.2.1/32`. */
export function formatNetwork({ bytes, prefix }: IpNetwork): string {
  return `${formatAddress(bytes)}/${prefix}`;
}

export function firstAddress(network: IpNetwork): Uint8Array {
  return Uint8Array.from(network.bytes);
}

export function lastAddress(network: IpNetwork): Uint8Array {
  return network.bytes.map((byte, index) => byte | hostMask(network, index));
}

/**
 * The ranges that hold the addresses of all networks and no others: IPv4 first, in rising order, without any that touch. RFC 9484
 * (4.7.3) asks for this order.
 */
export function rangesOf(networks: Iterable<IpNetwork>): AddressRange[] {
  const sorted = Array.from(networks, rangeOf).sort(
    (a, b) => a.version - b.version || Buffer.compare(a.first, b.first),
  );
  const ranges: AddressRange[] = [];
  for (const range of sorted) {
    const before = ranges.at(-1);
    if (before === undefined || before.version !== range.version || numberOf(range.first) > numberOf(before.last) + 1n)
      ranges.push(range);
    else if (Buffer.compare(range.last, before.last) > 0) ranges[ranges.length - 1] = { ...before, last: range.last };
  }
  return ranges;
}

/**
 * The fewest networks that hold the addresses of a range and no others, in rising order: at most 62 of IPv4, and 254 of IPv6. None,
 * when the last address is before the first, or one of both is of the other version.
 */
export function networksOfRange(version: IpVersion, first: Uint8Array, last: Uint8Array): IpNetwork[] {
  const size = version === 4 ? 4 : 16;
  if (first.length !== size || last.length !== size) return [];
  const networks: IpNetwork[] = [];
  const end = numberOf(last) + 1n;
  let start = numberOf(first);
  while (start < end) {
    let span = 1n;
    let prefix = size * 8;
    // A network begins at a multiple of its size: it grows as long as that holds, and it ends within the range.
    while (start % (span * 2n) === 0n && start + span * 2n <= end) {
      span *= 2n;
      prefix--;
    }
    networks.push({ version, bytes: bytesOf(start, size), prefix });
    start += span;
  }
  return networks;
}

function rangeOf(network: IpNetwork): AddressRange {
  return { version: network.version, first: firstAddress(network), last: lastAddress(network) };
}

function versionOf(bytes: Uint8Array): IpVersion {
  return bytes.length === 4 ? 4 : 6;
}

/** The bits of an address's byte that are behind the prefix. */
function hostMask({ prefix }: IpNetwork, index: number): number {
  const bits = prefix - index * 8;
  return 0xff >> Math.max(0, Math.min(bits, 8));
}

function numberOf(address: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(address).toString("hex")}`);
}

function bytesOf(address: bigint, size: number): Uint8Array {
  return Uint8Array.from(Buffer.from(address.toString(16).padStart(size * 2, "0"), "hex"));
}
