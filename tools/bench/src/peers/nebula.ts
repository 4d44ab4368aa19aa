import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, versionOf } from "../debian.ts";
import type { NodeName, Place } from "../place.ts";
import { CannotBeHad, type System } from "../system.ts";
import { openPeer } from "./peer.ts";

const PORT = 4242;
const OVERLAY: Partial<Record<NodeName, string>> = { a: "10.79.0.1", b: "10.79.0.2", d: "10.79.0.4" };
const RELAYED = {
  name: "nebula, one relay",
  topology:
    "a, b and d alone; b is the lighthouse and the relay; UDP on each of the two links, a and d share a tunnel through b",
  limits: ["It relays over one node only: three links cannot be had, and it is measured over two."],
} as const;
const DIRECT = {
  name: "nebula",
  topology: "a and d alone, with a tunnel over UDP; d is the lighthouse",
} as const;

/**
 * An overlay of packets over UDP. One relay is all that it can put between two ends, so that c is left out; over one link d is the
 * hub itself.
 */
export function openNebula(place: Place): Promise<System> {
  if (place.links === 6) return Promise.reject(new CannotBeHad("it relays over one node only"));
  const hub = place.links === 1 ? "d" : "b";
  return openPeer({
    place,
    nodes: hub === "d" ? ["a", "d"] : ["a", "b", "d"],
    prepare: (line, folder) => {
      const argv = findProgram("nebula");
      makeNebulaKeys(folder, line.nodes);
      for (const node of line.nodes) {
        const hubAddress = node === "d" && hub === "b" ? line.addressAfter(hub) : line.address(hub);
        writeFileSync(join(folder, `${node}.json`), writeNebulaConfig({ node, folder, hub, hubAddress }));
      }
      return {
        description: {
          ...(hub === "d" ? DIRECT : RELAYED),
          version: versionOf("nebula"),
          isEncryptedEndToEnd: true,
        },
        overlayHost: OVERLAY.d!,
        startNode: (node) => line.start(node, "nebula", [...argv, "-config", join(folder, `${node}.json`)]),
      };
    },
  });
}

function makeNebulaKeys(folder: string, nodes: readonly NodeName[]): void {
  const [program, ...rest] = findProgram("nebula-cert", "nebula");
  const run = (...argv: string[]): void => {
    execFileSync(program!, [...rest, ...argv], { cwd: folder, stdio: "pipe" });
  };
  run("ca", "-name", "bench", "-duration", "48h");
  for (const node of nodes) run("sign", "-name", node, "-ip", `${OVERLAY[node]}/24`, "-duration", "24h");
}

interface NebulaNode {
  readonly node: NodeName;
  /** Folder of ca.crt, and of the node's certificate and key. */
  readonly folder: string;
  /** The lighthouse, and the relay. */
  readonly hub: NodeName;
  /** Where the hub is reached from this node. */
  readonly hubAddress: string;
}

/** A config in JSON, which nebula reads as the YAML that it is. */
export function writeNebulaConfig({ node, folder, hub, hubAddress }: NebulaNode): string {
  const isHub = node === hub;
  const config = {
    pki: { ca: join(folder, "ca.crt"), cert: join(folder, `${node}.crt`), key: join(folder, `${node}.key`) },
    static_host_map: isHub ? {} : { [OVERLAY[hub]!]: [`${hubAddress}:${PORT}`] },
    lighthouse: { am_lighthouse: isHub, interval: 5, hosts: isHub ? [] : [OVERLAY[hub]] },
    listen: { host: "0.0.0.0", port: PORT },
    relay: { am_relay: isHub, use_relays: true, relays: isHub ? [] : [OVERLAY[hub]] },
    tun: { dev: "nebula1", mtu: 1300 },
    logging: { level: "warning", format: "text" },
    firewall: {
      outbound: [{ port: "any", proto: "any", host: "any" }],
      inbound: [{ port: "any", proto: "any", host: "any" }],
    },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
