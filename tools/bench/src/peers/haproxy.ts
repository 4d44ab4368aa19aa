import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, versionOf } from "../debian.ts";
import type { NodeName, Place } from "../place.ts";
import { LOCAL_HOST, LOCAL_PORTS, SERVICE_NAMES, SERVICES, type ServiceName, type System } from "../system.ts";
import { makeCertificates } from "./certificates.ts";
import { openPeer } from "./peer.ts";

/** Ports that the next node's proxy listens on for each service. */
const HOP_PORTS: Record<ServiceName, number> = { iperf: 9001, echo: 9002 };

/** A chain of TCP proxies: mutual TLS on each link, and inside it mutual TLS between a and d. */
export function openHaproxy(place: Place): Promise<System> {
  return openPeer({
    place,
    prepare: (line, folder) => {
      const argv = findProgram("haproxy");
      makeCertificates(folder, line.nodes);
      return {
        description: {
          name: "haproxy, TLS per hop and end to end",
          version: versionOf("haproxy"),
          isEncryptedEndToEnd: true,
        },
        processes: () => line.processes("haproxy"),
        startNode: (node) => {
          const file = join(folder, `haproxy-${node}.cfg`);
          const next = line.nodes[line.nodes.indexOf(node) + 1];
          const nextHop = next === undefined ? undefined : { node: next, address: line.address(next) };
          writeFileSync(file, haproxyConfig({ node, address: line.address(node) }, nextHop, folder));
          line.start(node, "haproxy", [...argv, "-db", "-f", file]);
        },
      };
    },
  });
}

interface Hop {
  readonly node: NodeName;
  /** The node's address on the link towards the node before it. */
  readonly address: string;
}

/**
 * The first node takes plain connections and encrypts them twice: for d, then for the next node. The nodes between decrypt and encrypt the
 * outer layer; d takes both off. Abstract sockets of a node's namespace join the layers on it.
 *
 * @param folder Holds the certificates.
 */
export function haproxyConfig({ node, address }: Hop, next: Hop | undefined, folder: string): string {
  const accept = `ssl crt ${folder}/${node}.pem ca-file ${folder}/ca.crt verify required`;
  const sections = SERVICE_NAMES.flatMap((service) => {
    const forward = (name: string, bind: string, server: string): string[] => [
      `listen ${name}-${service}`,
      `  bind ${bind}`,
      `  server next ${server}`,
    ];
    const hop = `${address}:${HOP_PORTS[service]} ${accept}`;
    if (next === undefined) {
      return [
        ...forward("outer", hop, `abns@inner-${service}`),
        ...forward("inner", `abns@inner-${service} ${accept}`, `${LOCAL_HOST}:${SERVICES[service]}`),
      ];
    }
    const onwards = `${next.address}:${HOP_PORTS[service]} ${accept} verifyhost ${next.node}`;
    if (node !== "a") return forward("hop", hop, onwards);
    return [
      ...forward("inner", `${LOCAL_HOST}:${LOCAL_PORTS[service]}`, `abns@outer-${service} ${accept} verifyhost d`),
      ...forward("outer", `abns@outer-${service}`, onwards),
    ];
  });
  const timeouts = ["connect 5s", "client 1h", "server 1h"].map((timeout) => `  timeout ${timeout}`);
  return ["defaults", "  mode tcp", ...timeouts, ...sections, ""].join("\n");
}
