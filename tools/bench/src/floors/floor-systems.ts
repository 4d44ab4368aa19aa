import { workload } from "../measures/programs.ts";
import type { Line } from "../peers/line.ts";
import { openPeer } from "../peers/peer.ts";
import type { NodeName, Place } from "../place.ts";
import { type Description, LOCAL_HOST, LOCAL_PORTS, SERVICES, type System } from "../system.ts";
import type { RelaySocket } from "../workload/relay.ts";

const UDP_PORT = 9100;
const PROXY_PORT = 9200;

/**
 * Eight processes that only pass messages on. A message passes each of them once, in either direction:
 *
 *     TCP ─ a1 ─unix─ a2 ─UDP─ b1 ─unix─ b2 ─UDP─ c1 ─unix─ c2 ─UDP─ d1 ─unix─ d2 ─ TCP
 */
export function openRow(place: Place): Promise<System> {
  return openPeer({
    place,
    prepare: (line, folder) => ({
      description: describe("eight processes in a row", "Node passes messages on over TCP, Unix datagrams and UDP"),
      startNode: (node) => {
        for (const [index, sockets] of relaysOn(line, node, folder).entries()) {
          line.start(node, `relay ${index}`, workload("relay", JSON.stringify(sockets)));
        }
      },
    }),
  });
}

/** A proxy on a, and one on d; the kernel forwards between them. */
export function openProxies(place: Place): Promise<System> {
  return openPeer({
    place,
    forwards: true,
    prepare: (line) => ({
      description: describe("two proxies", "a plain TCP proxy in Node on a and one on d; the kernel forwards between"),
      startNode: (node) => {
        const [outer, inner] = [line.address("d"), LOCAL_HOST];
        const proxy = (...args: (string | number)[]): void => line.start(node, "proxy", workload("tcp-proxy", ...args));
        if (node === "a") proxy(inner, LOCAL_PORTS.echo, outer, PROXY_PORT);
        if (node === "d") proxy(outer, PROXY_PORT, inner, SERVICES.echo);
      },
    }),
  });
}

function describe(name: string, about: string): Description {
  return { name, version: process.version, about, isEncryptedEndToEnd: false };
}

/** The two relays of a node, each with its socket towards a and its socket towards d. */
export function relaysOn(
  line: Pick<Line, "nodes" | "address" | "addressAfter">,
  node: NodeName,
  folder: string,
): [RelaySocket, RelaySocket][] {
  const position = line.nodes.indexOf(node);
  const [before, after] = [line.nodes[position - 1], line.nodes[position + 1]];
  const [left, right] = [`${folder}/${node}0`, `${folder}/${node}1`];
  const udp = (host: string, peer: string): RelaySocket => ({ kind: "udp", host, port: UDP_PORT, peer });
  const towardsA: RelaySocket = before
    ? udp(line.address(node), line.addressAfter(before))
    : { kind: "listen", host: LOCAL_HOST, port: LOCAL_PORTS.echo };
  const towardsD: RelaySocket = after
    ? udp(line.addressAfter(node), line.address(after))
    : { kind: "connect", host: LOCAL_HOST, port: SERVICES.echo };
  return [
    [towardsA, { kind: "unix", bind: left, connect: right }],
    [{ kind: "unix", bind: right, connect: left }, towardsD],
  ];
}
