import { dirname, join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import type { FabricPlan, Lab } from "@florenetes/meshlab";

/**
 * A VPN over eight nodes with control agents, each linked to three relays that stand beside each other:
 *
 *              ┌── r ──┐
 *    u ┄┄ a ───├── s ──┤─── x, y ┄┄ w      u is the machine behind the client's uplink, w the world behind both exits
 *              └── t ──┘
 *                k, l                      coordinators
 */
export const CLIENT = "a";
export const RELAYS = ["r", "s", "t"] as const;
export const EXITS = ["x", "y"] as const;
export const COORDINATORS = ["k", "l"] as const;
const BESIDE = [CLIENT, ...EXITS, ...COORDINATORS];
export const NODES: readonly string[] = [...BESIDE, ...RELAYS];

const POOL = "main";
export const SERVICE: string = `vpn-egress.${POOL}`;
const USER = "user/alice";
/** The network of the world in which clients appear with their own addresses, and that leads these back to their exit. */
export const NAMED = { v4: "198.18.0.10", v6: "2001:db8:79::10" } as const;
/** The networks that clients have their addresses from. */
export const POOLS = ["100.64.0.0/16", "fd00:f10::/64"] as const;
/** The port at which exits ask whether the world is there. */
export const WEB_PORT = 80;

const RELAY = { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "10 Gbit/s" };

export function vpnMesh(): MeshFileInput {
  const links = BESIDE.flatMap((node) => RELAYS.map((relay) => ({ between: [node, relay] as [string, string] })));
  const nodes = Object.fromEntries(NODES.map((node) => [node, {}]));
  return { cluster: "vpn", nodes, links, services: {}, tunnels: [] };
}

export function vpnPlan(lab: Lab): FabricPlan {
  const targets = EXITS.map((exit) => [exit, `session+unix:${besideConfig(lab, exit, "egress.sock")}`] as const);
  return {
    services: { [SERVICE]: { allow: [USER], targets: Object.fromEntries(targets) } },
    tunnels: [],
    sessions: { [CLIENT]: { as: USER, services: [SERVICE] } },
    doors: Object.fromEntries(RELAYS.map((relay) => [relay, { relay: RELAY }])),
    agents: Object.fromEntries(COORDINATORS.map((node) => [node, { coordinator: { partition: "default" } }])),
  };
}

/** The section of a node's vpn-flor. @param meshUser The number of the user as which link-flor runs */
export function sectionOf(node: string, world: { readonly v4: string; readonly v6: string }, meshUser: number): string {
  if (node === CLIENT) return `up: { pool: ${POOL}, session: sessions.sock, mesh-user: ${meshUser} }`;
  const probe = `["${world.v4}:${WEB_PORT}", "[${world.v6}]:${WEB_PORT}"]`;
  return `egress: { pool: ${POOL}, listen: egress.sock, addresses: [${POOLS[0]}, "${POOLS[1]}"], networks: all, probe: ${probe} }`;
}

function besideConfig(lab: Lab, node: string, name: string): string {
  return join(dirname(lab.configFile(node, "cluster-flor")), name);
}
