import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Line } from "../line.ts";
import { openPeer } from "../peers/peer.ts";
import { type NodeName, USUAL_PLACE } from "../place.ts";
import { LOCAL_PORTS, SERVICES, type System } from "../system.ts";
import type { RelaySocket } from "./programs/relay.ts";

const UDP_PORT = 9100;
const PROXY_PORT = 9200;

/**
 * Eight processes that only pass messages on, once each in each direction:
 *
 *     TCP ─ a1 ─unix─ a2 ─UDP─ b1 ─unix─ b2 ─UDP─ c1 ─unix─ c2 ─UDP─ d1 ─unix─ d2 ─ TCP
 */
export function openRow(): Promise<System> {
  return openPeer({
    place: USUAL_PLACE,
    word: "row",
    prepare: ({ line, folder, daemons }) => ({
      description: describe("row", "eight Node processes in a row: TCP, Unix datagrams and UDP in turns, TCP"),
      startNode: (node) => {
        for (const [index, sockets] of relaysOn(line, node, folder).entries()) {
          daemons.start(node, `relay ${index}`, program("relay", JSON.stringify(sockets)));
        }
        return Promise.resolve();
      },
    }),
  });
}

/** A proxy on a, and one on d; the kernel forwards between them. */
export function openProxies(): Promise<System> {
  return openPeer({
    place: USUAL_PLACE,
    word: "proxies",
    forwards: true,
    prepare: ({ line, daemons }) => ({
      description: describe(
        "proxies",
        "a plain TCP proxy on a and one on d, in Node; the kernel forwards between them",
      ),
      startNode: (node) => {
        const [host, inner] = [line.address("d"), "127.0.0.1"];
        if (node === "a") daemons.start(node, "proxy", program("tcp-proxy", inner, LOCAL_PORTS.echo, host, PROXY_PORT));
        if (node === "d") daemons.start(node, "proxy", program("tcp-proxy", host, PROXY_PORT, inner, SERVICES.echo));
        return Promise.resolve();
      },
    }),
  });
}

function describe(name: string, topology: string) {
  return { name, version: process.version, topology, isEncryptedEndToEnd: false, limits: [] };
}

/** The two relays of a node, each with its socket towards a and its socket towards d. */
export function relaysOn(
  line: Pick<Line, "nodes" | "address" | "addressAfter">,
  node: NodeName,
  folder: string,
): [RelaySocket, RelaySocket][] {
  const position = line.nodes.indexOf(node);
  const [before, after] = [line.nodes[position - 1], line.nodes[position + 1]];
  const unix = (own: number, other: number): RelaySocket => {
    return { kind: "unix", bind: `${folder}/${node}${own}`, connect: `${folder}/${node}${other}` };
  };
  const left: RelaySocket =
    before === undefined
      ? { kind: "listen", host: "127.0.0.1", port: LOCAL_PORTS.echo }
      : { kind: "udp", host: line.address(node), port: UDP_PORT, peer: line.addressAfter(before) };
  const right: RelaySocket =
    after === undefined
      ? { kind: "connect", host: "127.0.0.1", port: SERVICES.echo }
      : { kind: "udp", host: line.addressAfter(node), port: UDP_PORT, peer: line.address(after) };
  return [
    [left, unix(0, 1)],
    [unix(1, 0), right],
  ];
}

function program(name: string, ...args: (string | number)[]): string[] {
  const file = fileURLToPath(new URL(`programs/${name}${extname(import.meta.url)}`, import.meta.url));
  return [process.execPath, file, ...args.map(String)];
}
