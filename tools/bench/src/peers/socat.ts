import { findProgram, versionOf } from "../debian.ts";
import type { Place } from "../place.ts";
import { LOCAL_HOST, LOCAL_PORTS, SERVICES, type System } from "../system.ts";
import { openPeer } from "./peer.ts";

/** Ports that the next node's relays listen on. */
const HOP_PORTS = { echo: 9002, datagrams: 9003 } as const;
/** Seconds of silence after which a client is forgotten. */
const IDLE_SECONDS = 60;

const PROTOCOLS = { echo: "TCP4", datagrams: "UDP4" } as const;
type RelayedName = keyof typeof PROTOCOLS;

/** A chain of relays made of nothing but socat: each node has a process for each client, and nothing is encrypted. */
export function openSocat(place: Place): Promise<System> {
  return openPeer({
    place,
    prepare: (line) => ({
      description: {
        name: "socat relays",
        version: versionOf("socat"),
        isEncryptedEndToEnd: false,
      },
      processes: () => line.processes("socat"),
      startNode: (node) => {
        const next = line.nodes[line.nodes.indexOf(node) + 1];
        for (const service of ["echo", "datagrams"] as const) {
          const listen = node === "a" ? undefined : line.address(node);
          const target = next && line.address(next);
          line.start(node, `socat ${service}`, [...findProgram("socat"), ...relayWords(service, listen, target)]);
        }
      },
    }),
  });
}

/**
 * The words that run a relay.
 *
 * @param listen The node's address towards the node before it; undefined on a, which serves clients of its own machine.
 * @param target The next node's address; undefined on d, which has the server.
 */
export function relayWords(service: RelayedName, listen: string | undefined, target: string | undefined): string[] {
  const protocol = PROTOCOLS[service];
  const [host, port] = listen === undefined ? [LOCAL_HOST, LOCAL_PORTS[service]] : [listen, HOP_PORTS[service]];
  const [toHost, toPort] = target === undefined ? [LOCAL_HOST, SERVICES[service]] : [target, HOP_PORTS[service]];
  const idle = protocol === "UDP4" ? ["-T", String(IDLE_SECONDS)] : [];
  return [...idle, `${protocol}-LISTEN:${port},bind=${host},reuseaddr,fork`, `${protocol}:${toHost}:${toPort}`];
}
