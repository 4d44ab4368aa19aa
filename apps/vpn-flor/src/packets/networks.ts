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
