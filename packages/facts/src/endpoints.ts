/** Endpoints that nodes and seeds publish: whether a carrier may be used, and whether an address is one that others can dial. */
import { isIP, SocketAddress } from "node:net";
import { type Endpoint, PRINTABLE_ASCII } from "./bodies.ts";
import { bodyOf, type Fact } from "./fact.ts";
import { ENDPOINT_LENGTH_MAX, ENDPOINTS_MAX } from "./limits.ts";

export type EndpointFault = "no-endpoints" | "too-many-endpoints" | "carrier" | "bad-address";

export interface EndpointRules {
  /** The policy `carriers: quic-only` is in force. */
  readonly isQuicOnly: boolean;
  /** Development: addresses of the node itself are in order. */
  readonly mayLoopBack: boolean;
}

/** The first reason against the endpoints of an `announce` or `seeds` record; undefined when there is none, and for other kinds. */
export function findEndpointFault(fact: Fact, rules: EndpointRules): EndpointFault | undefined {
  const announced = bodyOf(fact, "announce");
  const nodes = announced === undefined ? (bodyOf(fact, "seeds")?.seeds ?? []) : [announced];
  const all = nodes.flatMap(({ endpoints }) => endpoints);
  if (nodes.some(({ endpoints }) => endpoints.length === 0)) return "no-endpoints";
  if (nodes.some(({ endpoints }) => endpoints.length > ENDPOINTS_MAX)) return "too-many-endpoints";
  if (rules.isQuicOnly && all.some(({ carrier }) => carrier !== QUIC)) return "carrier";
  return all.some((endpoint) => !isDialable(endpoint, rules.mayLoopBack)) ? "bad-address" : undefined;
}

const QUIC = "quic";
/** `udp://host:port`, with IPv6 in brackets. */
const UDP_ENDPOINT = /^udp:\/\/(?:\[([0-9a-f:]+)\]|([a-z0-9.-]+)):([1-9][0-9]{0,4})$/;
const PORT_MAX = 65_535;
const HOST_LENGTH_MAX = 253;
const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether others can dial an address of a carrier as its form is published: an endpoint of a record with any other makes the record no good one. */
export function isPublishable(carrier: string, endpoint: string, mayLoopBack: boolean): boolean {
  const fits = endpoint.length <= ENDPOINT_LENGTH_MAX && PRINTABLE_ASCII.test(endpoint);
  return fits && isDialable({ carrier, endpoint }, mayLoopBack);
}

/** An endpoint in the one spelling of its address (RFC 5952): whoever counts what an endpoint is sent counts all spellings of it together. Other texts stay as they are. */
export function plainEndpoint(endpoint: string): string {
  const ipv6 = UDP_ENDPOINT.exec(endpoint)?.[1];
  if (ipv6 === undefined || isIP(ipv6) !== 6) return endpoint;
  return endpoint.replace(ipv6, new SocketAddress({ address: ipv6, family: "ipv6" }).address);
}

/** Endpoints of other carriers than `quic` have a form that only the carrier knows. */
function isDialable({ carrier, endpoint }: Pick<Endpoint, "carrier" | "endpoint">, mayLoopBack: boolean): boolean {
  if (carrier !== QUIC || endpoint === undefined) return true;
  const match = UDP_ENDPOINT.exec(endpoint);
  if (match === null || Number(match[3]) > PORT_MAX) return false;
  const [, ipv6, plain = ""] = match;
  if (ipv6 !== undefined) return isIP(ipv6) === 6 && isGoodIpv6(hextetsOf(ipv6), mayLoopBack);
  if (isIP(plain) === 4) return isGoodIpv4(plain.split(".").map(Number), mayLoopBack);
  return isHostName(plain, mayLoopBack);
}

/** 0.0.0.0/8, multicast and what is reserved above it lead nowhere; 127.0.0.0/8 leads to whoever dials. */
function isGoodIpv4([first = 0]: readonly number[], mayLoopBack: boolean): boolean {
  return first !== 0 && first < 224 && (first !== 127 || mayLoopBack);
}

/** `::`, multicast and IPv4 addresses in the clothes of IPv6 (::/96 and ::ffff:0:0/96) are refused; `::1` leads to whoever dials. */
function isGoodIpv6(hextets: readonly number[], mayLoopBack: boolean): boolean {
  const isLoopback = hextets.slice(0, 7).every((hextet) => hextet === 0) && hextets[7] === 1;
  if (isLoopback) return mayLoopBack;
  const isOfIpv4 = hextets.slice(0, 5).every((hextet) => hextet === 0) && [0, 0xffff].includes(hextets[5]!);
  return !isOfIpv4 && hextets[0]! < 0xff00;
}

/** The eight numbers of an IPv6 address without a dotted part, which `isIP` has found to be one. */
function hextetsOf(address: string): number[] {
  const [front = "", back] = address.split("::");
  const numbersOf = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((digits) => Number.parseInt(digits, 16));
  if (back === undefined) return numbersOf(front);
  const before = numbersOf(front);
  const after = numbersOf(back);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** A name of DNS in lower case (RFC 1123, 2.1), whose last label is not of digits alone: such a text was meant to be an address. */
function isHostName(text: string, mayLoopBack: boolean): boolean {
  const labels = text.split(".");
  if (text.length > HOST_LENGTH_MAX || !labels.every((label) => HOST_LABEL.test(label))) return false;
  const last = labels.at(-1)!;
  return !/^[0-9]+$/.test(last) && (last !== "localhost" || mayLoopBack);
}
