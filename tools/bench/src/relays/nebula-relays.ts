import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, versionOf } from "../debian.ts";
import { hasEnded, start, type Running } from "../measures/programs.ts";
import { makeNebulaKeys, NEBULA_PORT, nebulaConfig } from "../peers/nebula.ts";
import type { NodeName } from "../place.ts";
import { SERVICES, type System, type SystemFactory } from "../system.ts";
import { addressOf, killOn, NODES, openDiamond, relayInUse, type RelayName } from "./diamond.ts";

const OVERLAY = { a: "10.79.0.1", b: "10.79.0.2", c: "10.79.0.3", d: "10.79.0.4" } as const;
type DiamondNode = keyof typeof OVERLAY;

/** Nebula over the same nodes: both relays are lighthouses, and a and d name both of them as their relays. */
export const openNebulaRelays: SystemFactory = async () => {
  const lab = await openDiamond();
  try {
    const argv = findProgram("nebula");
    makeNebulaKeys(lab.folder, OVERLAY);
    for (const node of NODES) {
      const hubs = Object.fromEntries(
        hubsOf(node).map((hub) => [OVERLAY[hub], `${addressOf(lab, hub, node)}:${NEBULA_PORT}`]),
      );
      writeFileSync(join(lab.folder, `${node}.json`), nebulaConfig(node, lab.folder, hubs));
    }
    const daemons = new Map<NodeName, Running>();
    const startNode = (node: NodeName): void =>
      void daemons.set(node, start(lab, node, [...argv, "-config", join(lab.folder, `${node}.json`)]));
    for (const node of NODES) startNode(node);
    let killed: RelayName | undefined;
    const deaths = (): string | undefined => {
      const dead = [...daemons].filter(([, { child }]) => hasEnded(child));
      return dead.length === 0 ? undefined : dead.map(([node, daemon]) => `${node}: ${daemon.said()}`).join("\n");
    };
    const system: System = {
      description: { name: "nebula, two relays", version: versionOf("nebula"), isEncryptedEndToEnd: true },
      nodes: ["a", "b", "d"],
      lab,
      host: OVERLAY.d,
      ports: SERVICES,
      processes: () => new Map([...daemons].map(([node, { child }]) => [`${node} nebula`, child.pid!])),
      deaths,
      strikes: {
        "relay in use killed": async () => {
          const relay = await relayInUse(lab);
          killed = relay;
          killOn(lab, relay, "nebula");
        },
      },
      recover: async () => {
        if (killed !== undefined) startNode(killed);
        killed = undefined;
      },
      [Symbol.asyncDispose]: () => lab.down(),
    };
    return system;
  } catch (error) {
    await lab.down();
    throw error;
  }
};

function hubsOf(node: NodeName): DiamondNode[] {
  return node === "b" || node === "c" ? [] : ["b", "c"];
}
