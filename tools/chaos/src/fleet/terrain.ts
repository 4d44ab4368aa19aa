import type { MeshFileInput } from "@florenetes/mesh-file";
import type { FabricPlan } from "@florenetes/meshlab";
import { RELAY, RELAYS, usesOf } from "../fabric/terrain.ts";
import type { Workload } from "../workload.ts";

/**
 * Twelve nodes of a fleet, each with a way of its own to one internet. No file has a link: agents know of the seeds r and k, and make all links by themselves.
 *
 *   users a, b        ┐
 *   hosts x, y        ├─ each behind a router of its own, ┄┄ (the internet) ┄┄ relays r, s, t; coordinators k, l; o, which observes, and relays instead of t
 *   e, which observes │  which translates addresses                            while the role is there
 *   f, which does nothing
 */
export const BEHIND_NAT = ["a", "b", "x", "y", "e", "f"] as const;
export const COORDINATORS = ["k", "l"] as const;
export const OBSERVERS = ["o", "e"] as const;
/** The relay whose role goes to another node, and that node. */
export const ROLE_MOVES = { from: "t", to: "o" } as const;
const OUTSIDE: readonly string[] = [...RELAYS, ...COORDINATORS, "o"] as const;
export const NODES: readonly string[] = [...BEHIND_NAT, ...OUTSIDE];
export const SEEDS = ["r", "k"] as const;
/** The port at which link vertices listen. */
export const PORT = 4_433;
const LINKS_MAX = 16;

export function fleetNodes(): MeshFileInput {
  return {
    cluster: "fleet",
    nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
    links: [],
    services: {},
    tunnels: [],
  };
}

/** @param first The file with the root and the seeds, which each node has */
export function fleetPlan(workloads: readonly Workload[], first: string): FabricPlan {
  const known = { "seeds-file": first, "root-file": undefined };
  const ofCoordinator = { ...known, coordinator: { partition: "default" } };
  const isCoordinator = (node: string): boolean => COORDINATORS.some((each) => each === node);
  const mayRelay = (node: string): boolean => [...RELAYS, ROLE_MOVES.to].some((each) => each === node);
  const doorOf = (node: string): Record<string, unknown> => ({
    "links-max": LINKS_MAX,
    ...(mayRelay(node) && { relay: RELAY }),
  });
  return {
    ...usesOf(workloads),
    development: true,
    agents: Object.fromEntries(NODES.map((node) => [node, isCoordinator(node) ? ofCoordinator : known])),
    doors: Object.fromEntries(NODES.map((node) => [node, doorOf(node)])),
  };
}
