import { BlockList, isIP, isIPv4, SocketAddress } from "node:net";

/** No link can be at these addresses, whatever the owner permits: this host as 0.0.0.0, multicast, and what is reserved. */
const NEVER: readonly string[] = ["0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8"];
/** Loopback, and IPv4 addresses in the old form of IPv6. */
const NOT_BY_DEFAULT: readonly string[] = ["127.0.0.0/8", "::/96"];

const ENDPOINT =
  /^[a-z][a-z0-9+.-]*:\/\/(?:\[(?<v6>[0-9a-f:.]+)(?:%[\w.-]+)?\]|(?<v4>[0-9.]+)):(?<port>[1-9][0-9]{0,4})$/i;
const PORT_MAX = 65_535;

/** Whether a text is a prefix of IP addresses, as `192.0.2.0/24`. */
export function isPrefix(text: string): boolean {
  const [address = "", length = "", ...more] = text.split("/");
  const bits = isIP(address) === 4 ? 32 : 128;
  return isIP(address) !== 0 && /^[0-9]{1,3}$/.test(length) && Number(length) <= bits && more.length === 0;
}

/** The addresses at which the control agent may have this vertex call: those in the owner's prefixes, or all but loopback. */
export class DialBounds {
  readonly #refused: BlockList;
  readonly #permitted: BlockList | undefined;

  /** @param prefixes As the config has them (`isPrefix`); undefined: it has none */
  constructor(prefixes: readonly string[] | undefined) {
    this.#permitted = prefixes && listOf(prefixes);
    this.#refused = listOf(prefixes === undefined ? [...NEVER, ...NOT_BY_DEFAULT] : NEVER);
  }

  /** Why an endpoint may not be called, for people; undefined: it may. A name is none: whoever answers for it could point it anywhere. */
  findProblem(endpoint: string): string | undefined {
    const { v4, v6, port } = ENDPOINT.exec(endpoint)?.groups ?? {};
    const address = v4 ?? v6 ?? "";
    if (isIP(address) === 0 || Number(port) > PORT_MAX)
      return "is not of the form protocol://address:port, with an IP address";
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    if (family === "ipv6" && isMapped(address)) return "has an IPv4 address in the form of IPv6: write it as IPv4";
    if (this.#refused.check(address, family)) return "is an address that no link may have";
    if (this.#permitted?.check(address, family) === false)
      return "is in none of the prefixes that `dial` of the key `fabric` permits";
    return undefined;
  }
}

function listOf(prefixes: readonly string[]): BlockList {
  const list = new BlockList();
  for (const prefix of prefixes) {
    const [address = "", length = ""] = prefix.split("/");
    list.addSubnet(address, Number(length), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return list;
}

/** Whether an IPv6 address stands for one of IPv4 (RFC 4291, 2.5.5.2). */
function isMapped(address: string): boolean {
  return /^::ffff:[0-9.]+$/.test(new SocketAddress({ address, family: "ipv6" }).address);
}
