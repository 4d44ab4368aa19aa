import { BlockList, isIP } from "node:net";

/** An address of an interface of this machine, as node:os tells it. */
interface InterfaceAddress {
  readonly address: string;
  /** `192.0.2.1/24`; null when the system does not say. */
  readonly cidr: string | null;
  /** Whether packets for the machine itself go over this interface. */
  readonly internal: boolean;
}

export type Interfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>;

const wildcards: readonly string[] = ["0.0.0.0", "::"];

/**
 * The interface by which packets for `peer` leave a socket that is bound to `local`: the interface that has the address `local`;
 * for a socket of all addresses, the one that has `peer` in its network. Undefined when only a routing table would tell.
 */
export function interfaceTo(peer: string, local: string, interfaces: Interfaces): string | undefined {
  const ownAddress = plain(local);
  const host = plain(peer);
  if (!wildcards.includes(ownAddress)) return find(interfaces, ({ address }) => plain(address) === ownAddress);
  const isOwn = find(interfaces, ({ address }) => plain(address) === host) !== undefined;
  if (isOwn) return find(interfaces, ({ internal }) => internal);
  return find(interfaces, ({ cidr }) => cidr !== null && isWithin(host, cidr));
}

function find(interfaces: Interfaces, isIt: (address: InterfaceAddress) => boolean): string | undefined {
  return Object.entries(interfaces).find(([, addresses]) => addresses?.some(isIt))?.[0];
}

function isWithin(host: string, cidr: string): boolean {
  const [network = "", bits = ""] = cidr.split("/");
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version) return false;
  const family = version === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}

/** The address without an interface's name; an IPv4 address in IPv6 form becomes plain IPv4. */
function plain(address: string): string {
  return address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/, "");
}
