import { join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import type { FabricPlan } from "@florenetes/meshlab";
import type { Workload } from "../workload.ts";

/**
 * Twelve nodes with control agents, each linked to three relays that stand beside each other:
 *
 *                                ┌── r ──┐
 *   users a, b; coordinators k,  ├── s ──┤  hosts x, y
 *   l; e, f, g keep the log      └── t ──┘
 *
 * The owner of t lies: its links, which go over TLS, are told to lose nothing and to take no time, and t drops a tenth of all packets. l is captured: once all
 * routes are leased, an attacker has its agent's place and its key, and that of g, which coordinates another partition.
 */
export const USERS = ["a", "b"] as const;
export const RELAYS = ["r", "s", "t"] as const;
export const LIAR = "t";
export const HOSTS = ["x", "y"] as const;
/** The host that faults may strike: `x` has all workloads whose connections must live. */
export const SPARE_HOST = "y";
export const COORDINATORS = ["k", "l"] as const;
/** The coordinator that no attacker has: faults strike it alone of the two. */
export const HONEST = "k";
export const CAPTURED = "l";
export const STORAGE = ["e", "f", "g"] as const;
/** A node with the role of a coordinator in a partition where nobody is. Its key is the attacker's, too. */
export const ELSEWHERE = "g";
const BESIDE = [...USERS, ...HOSTS, ...COORDINATORS, ...STORAGE];
export const NODES: readonly string[] = [...BESIDE, ...RELAYS];
/** The names of etcd's members, in the order of their nodes. */
export const MEMBERS = ["m0", "m1", "m2"] as const;

const PORTAL = "tls";
/** The process of a relay with its links. */
export const linkVertexOf = (relay: string): "link-flor" | "link-tls" => (relay === LIAR ? "link-tls" : "link-flor");

const USER = "user/alice";
export const RELAY: Readonly<Record<string, unknown>> = {
  classes: ["dns", "interactive", "reliable", "bulk", "droppable"],
  rate: "10 Gbit/s",
};

export function twelveNodes(): MeshFileInput {
  const portals = { portals: { [PORTAL]: { listen: "tls://0.0.0.0:8443" } } };
  const pairs = BESIDE.flatMap((node) => RELAYS.map((relay) => [node, relay] as const));
  // In a lab the second end of link n has the address 10.77.n.2.
  const links = pairs.map(([node, relay], index) => ({
    between: [node, relay] as [string, string],
    ...(relay === LIAR && { portal: PORTAL, endpoint: `tls://10.77.${index}.2:8443` }),
  }));
  const nodes = Object.fromEntries(NODES.map((node) => [node, node === "r" || node === "s" ? {} : portals]));
  return { cluster: "twelve", nodes, links, services: {}, tunnels: [] };
}

/** The services and tunnels of workloads, found by name, and who keeps what in etcd. */
export function twelvePlan(workloads: readonly Workload[], store: unknown): FabricPlan {
  const decoys = new Set(decoysOf(workloads).map(({ service }) => service));
  return {
    ...usesOf(workloads, (service, hosts) => (decoys.has(service) ? HOSTS : hosts)),
    stores: Object.fromEntries(STORAGE.map((node) => [node, store])),
    doors: Object.fromEntries(RELAYS.map((relay) => [relay, { relay: RELAY }])),
    agents: Object.fromEntries(COORDINATORS.map((node) => [node, { coordinator: { partition: "default", store } }])),
  };
}

/** The services and tunnels of workloads, found by name. @param hostsOf The nodes that have a service in their config, by the hosts that records have */
export function usesOf(
  workloads: readonly Workload[],
  hostsOf: (service: string, hosts: readonly string[]) => readonly string[] = (_, hosts) => hosts,
): Pick<FabricPlan, "services" | "tunnels" | "connectWait" | "sessions"> {
  const routes = workloads.flatMap(({ ends, routes }) => routes.map((route) => ({ ends, ...route })));
  const ofSessions = routes.filter(({ listen }) => listen === undefined).map(({ service }) => service);
  return {
    services: Object.fromEntries(
      routes.map(({ service, target, ends }) => {
        const hosts = hostsOf(service, ends.slice(1));
        const targets = Object.fromEntries(hosts.map((host) => [host, target]));
        return [service, { allow: [USER], targets }];
      }),
    ),
    tunnels: routes.flatMap(({ service, listen, ends }) =>
      listen === undefined ? [] : [{ node: ends[0]!, listen, as: USER, service }],
    ),
    connectWait: "1min",
    sessions: ofSessions.length === 0 ? {} : { a: { as: USER, services: ofSessions } },
  };
}

/**
 * Services of x that the other host has in its config, too, with a certificate of the service, and that no record has there: whoever is led to it is to notice.
 */
export function decoysOf(
  workloads: readonly Workload[],
): readonly { readonly service: string; readonly port: number }[] {
  const alone = workloads.filter(({ ends }) => !ends.includes(SPARE_HOST)).flatMap(({ routes }) => routes);
  return alone.flatMap(({ service, target }) =>
    target.startsWith("tcp://") ? [{ service, port: Number(new URL(target).port) }] : [],
  );
}

/** Hosts of each service. */
export function hostsOf(workloads: readonly Workload[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    workloads.flatMap(({ ends, routes }) => routes.map(({ service }) => [service, ends.slice(1)] as const)),
  );
}

/** The file that makes the liar drop packets, beside the config of its link vertex. */
export function liesFile(config: string): string {
  return join(config, "..", "drop");
}
