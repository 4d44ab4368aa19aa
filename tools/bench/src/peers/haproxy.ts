import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, versionOf } from "../debian.ts";
import type { NodeName, Place } from "../place.ts";
import { LOCAL_PORTS, SERVICE_NAMES, SERVICES, type ServiceName, type System } from "../system.ts";
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
      const certificates = makeCertificates(folder, line.nodes);
      return {
        description: {
          name: "haproxy, TLS per hop and end to end",
          version: versionOf("haproxy"),
          topology: "one haproxy a node; mutual TLS on each link over kernel TCP, mutual TLS from a to d inside it",
          isEncryptedEndToEnd: true,
        },
        startNode: (node) => {
          const file = join(folder, `haproxy-${node}.cfg`);
          const next = line.nodes[line.nodes.indexOf(node) + 1];
          const config = writeHaproxyConfig({
            node,
            address: line.address(node),
            next: next === undefined ? undefined : { node: next, address: line.address(next) },
            last: line.nodes.at(-1)!,
            authority: certificates.authority,
            own: certificates.own(node),
          });
          writeFileSync(file, config);
          line.start(node, "haproxy", [...argv, "-db", "-f", file]);
        },
      };
    },
  });
}

interface HaproxyNode {
  readonly node: NodeName;
  /** On the link towards the node before it. */
  readonly address: string;
  readonly next: { readonly node: NodeName; readonly address: string } | undefined;
  readonly last: NodeName;
  /** CA certificate's file. */
  readonly authority: string;
  /** File of the node's certificate and key. */
  readonly own: string;
}

/**
 * The first node takes plain connections and encrypts them twice: for the last, then for the next. Those between decrypt and
 * encrypt the outer layer; the last takes both off. Layers on one node are joined by abstract sockets of its namespace.
 */
export function writeHaproxyConfig({ node, address, next, last, authority, own }: HaproxyNode): string {
  const accept = `ssl crt ${own} ca-file ${authority} verify required`;
  const connectTo = (name: NodeName): string =>
    `ssl crt ${own} ca-file ${authority} verify required verifyhost ${name}`;
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
        ...forward("inner", `abns@inner-${service} ${accept}`, `127.0.0.1:${SERVICES[service]}`),
      ];
    }
    const onwards = `${next.address}:${HOP_PORTS[service]} ${connectTo(next.node)}`;
    if (node !== "a") return forward("hop", hop, onwards);
    return [
      ...forward("inner", `127.0.0.1:${LOCAL_PORTS[service]}`, `abns@outer-${service} ${connectTo(last)}`),
      ...forward("outer", `abns@outer-${service}`, onwards),
    ];
  });
  const head = ["defaults", "  mode tcp", "  timeout connect 5s"];
  return [...head, "  timeout client 1h", "  timeout server 1h", ...sections, ""].join("\n");
}
