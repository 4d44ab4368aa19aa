import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, versionOf } from "../debian.ts";
import type { NodeName, Place } from "../place.ts";
import type { System } from "../system.ts";
import { BEHIND_NETWORK, openPeerBehind } from "../vpn/behind.ts";
import { openPeer } from "./peer.ts";

/** The port of nebula on all nodes. */
export const NEBULA_PORT = 4242;
const OVERLAY: Partial<Record<NodeName, string>> = { a: "10.79.0.1", b: "10.79.0.2", d: "10.79.0.4" };

/**
 * Nebula is an overlay of packets over UDP. It puts at most one relay between two ends, so c is left out. The hub is the lighthouse, and
 * the relay if there is one: b, or over one link d.
 */
export function openNebula(place: Place): Promise<System> {
  return raise(place, openPeer, []);
}

/** Nebula as a VPN: d leads to the networks behind it, by its certificate and by the config of a. */
export function openNebulaVpn(place: Place): Promise<System> {
  return raise(place, openPeerBehind, [BEHIND_NETWORK]);
}

function raise(place: Place, open: typeof openPeer, networks: readonly string[]): Promise<System> {
  const hub = place.links === 1 ? "d" : "b";
  return open({
    place,
    nodes: hub === "d" ? ["a", "d"] : ["a", "b", "d"],
    prepare: (line, folder) => {
      makeNebulaKeys(folder, Object.fromEntries(line.nodes.map((node) => [node, OVERLAY[node]!])), { d: networks });
      for (const node of line.nodes) {
        const hubAddress = node === "d" && hub === "b" ? line.addressAfter(hub) : line.address(hub);
        const hubs = node === hub ? {} : { [OVERLAY[hub]!]: `${hubAddress}:${NEBULA_PORT}` };
        writeFileSync(
          join(folder, `${node}.json`),
          nebulaConfig(node, folder, hubs, node === "a" ? routesTo(networks) : []),
        );
      }
      const argv = findProgram("nebula");
      return {
        description: {
          name: hub === "d" ? "nebula" : "nebula, one relay",
          version: versionOf("nebula"),
          isEncryptedEndToEnd: true,
        },
        processes: () => line.processes("nebula"),
        overlayHost: OVERLAY.d!,
        startNode: (node) => line.start(node, "nebula", [...argv, "-config", join(folder, `${node}.json`)]),
      };
    },
  });
}

function routesTo(networks: readonly string[]): NebulaRoute[] {
  return networks.map((route) => ({ route, via: OVERLAY.d! }));
}

/** A network, and the node of the overlay that leads to it. */
interface NebulaRoute {
  readonly route: string;
  readonly via: string;
}

/**
 * Makes a CA, and a certificate and key for each node, by the nodes' addresses in the overlay.
 *
 * @param networks The networks behind nodes that lead to any.
 */
export function makeNebulaKeys(
  folder: string,
  overlay: Readonly<Record<string, string>>,
  networks: Readonly<Record<string, readonly string[]>> = {},
): void {
  const [program, ...words] = findProgram("nebula-cert", "nebula");
  const run = (...argv: string[]): unknown =>
    execFileSync(program!, [...words, ...argv], { cwd: folder, stdio: "pipe" });
  run("ca", "-name", "bench", "-duration", "48h");
  for (const [node, address] of Object.entries(overlay)) {
    const subnets = networks[node]?.flatMap((network) => ["-subnets", network]) ?? [];
    run("sign", "-name", node, "-ip", `${address}/24`, "-duration", "24h", ...subnets);
  }
}

/**
 * A config in JSON, which nebula reads as the YAML that it is.
 *
 * @param folder Holds ca.crt, and the node's certificate and key.
 * @param endpoints Where this node reaches its hubs, which are lighthouses and relays, by their addresses in the overlay. A node without any is a hub.
 * @param routes What lies behind other nodes.
 */
export function nebulaConfig(
  node: NodeName,
  folder: string,
  endpoints: Readonly<Record<string, string>>,
  routes: readonly NebulaRoute[] = [],
): string {
  const hubs = Object.keys(endpoints);
  const isHub = hubs.length === 0;
  const anybody = [{ port: "any", proto: "any", host: "any" }];
  const config = {
    pki: { ca: join(folder, "ca.crt"), cert: join(folder, `${node}.crt`), key: join(folder, `${node}.key`) },
    static_host_map: Object.fromEntries(Object.entries(endpoints).map(([hub, endpoint]) => [hub, [endpoint]])),
    lighthouse: { am_lighthouse: isHub, interval: 5, hosts: hubs },
    listen: { host: "0.0.0.0", port: NEBULA_PORT },
    relay: { am_relay: isHub, use_relays: true, relays: hubs },
    tun: { dev: "nebula1", mtu: 1300, unsafe_routes: routes },
    logging: { level: "warning", format: "text" },
    firewall: { outbound: anybody, inbound: anybody },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
