import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Lab, openLab } from "@florenetes/meshlab";
import { killIfAlive, processesIn } from "../measures/namespace-processes.ts";
import type { NodeName } from "../place.ts";

/** A reaches d over either relay, and not without one. */
const LINKS = [
  ["a", "b"],
  ["a", "c"],
  ["b", "d"],
  ["c", "d"],
] as const;
export const NODES: readonly NodeName[] = ["a", "b", "c", "d"];
const RELAYS = ["b", "c"] as const;
export type RelayName = (typeof RELAYS)[number];
/** Time in which the packets of round trips tell which relay they go over. */
const WATCH_MS = 300;

/**
 * Opens a lab of four nodes in namespaces, with two relays between a and d.
 *
 *            ┌── b ──┐
 *        a ──┤       ├── d
 *            └── c ──┘
 */
export function openDiamond(mesh: Pick<MeshFileInput, "services" | "tunnels"> = {}): Promise<Lab> {
  const nodes = Object.fromEntries(NODES.map((node) => [node, {}]));
  const links = LINKS.map(([left, right]) => ({ between: [left, right] }));
  return openLab({ cluster: "bench", nodes, links, ...mesh }, { mode: "netns" });
}

/** The address of a node on its link with another one. */
export function addressOf(lab: Lab, node: NodeName, beside: NodeName): string {
  const isFirst = LINKS.some(([left, right]) => left === node && right === beside);
  return isFirst ? lab.wire(node, beside).ends[0].address : lab.wire(beside, node).ends[1].address;
}

/** The relay over which more packets leave a, while a program there talks with d. */
export async function relayInUse(lab: Lab): Promise<RelayName> {
  const before = RELAYS.map((relay) => packetsTo(lab, relay));
  await sleep(WATCH_MS);
  const [overB = 0, overC = 0] = RELAYS.map((relay, at) => packetsTo(lab, relay) - before[at]!);
  return overB >= overC ? "b" : "c";
}

/** Kills all processes of a relay whose command begins with `command`. */
export function killOn(lab: Lab, node: RelayName, command: string): void {
  for (const { pid } of processesIn(lab.wire("a", node).ends[1].namespace, command)) killIfAlive(pid);
}

function packetsTo(lab: Lab, relay: RelayName): number {
  const { name, ends } = lab.wire("a", relay);
  const file = `/sys/class/net/${name}/statistics/tx_packets`;
  return Number(execFileSync("ip", ["netns", "exec", ends[0].namespace, "cat", file], { encoding: "utf8" }));
}
