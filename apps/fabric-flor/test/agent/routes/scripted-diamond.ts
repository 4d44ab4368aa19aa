/*
 *          b (coordinator, relay)
 *        ╱   ╲
 *       a      d (web)
 *        ╲   ╱
 *          c (relay)
 */
import { writeEnvelope } from "@florenetes/facts";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";
import { ScriptedCoordinator } from "./scripted-coordinator.ts";

export const NOW: number = Date.parse("2026-11-25T12:00:00.000Z");
const FIGURES = { roundTripMs: 1.5, jitterMs: 0.1, loss: 0, rate: null, queue: 0, mtu: 1_350, breaks: 0 };
export const RELAY = { classes: ["reliable", "bulk", "control"], rate: 100_000 } as const;
/** Labels of links in the order of the list below, from 100 on; the service's is 900. */
export const OVER_B = { link: 100, labels: [101, 900], via: ["b", "d"] };
export const OVER_C = { link: 101, labels: [101, 900], via: ["c", "d"] };

/** The mesh of tests with leases that they write themselves. */
export interface ScriptedDiamond {
  readonly cluster: DemoCluster;
  readonly mesh: SimMesh;
  readonly a: SimNode;
  /** The desk of b. */
  readonly desk: ScriptedCoordinator;
}

export function openDiamond(): ScriptedDiamond {
  const cluster = new DemoCluster(NOW - DAY);
  const mesh = new SimMesh({
    cluster,
    startsAt: NOW,
    links: [
      ["a", "b"],
      ["a", "c"],
      ["b", "d"],
      ["c", "d"],
    ],
    services: { d: ["web"] },
    wants: { a: ["web"] },
  });
  for (const node of mesh.nodes.values()) {
    node.vertex.change({ links: node.vertex.view.links.map((link) => ({ ...link, figures: FIGURES })) });
    if (node.name === "b" || node.name === "c") node.vertex.change({ relay: RELAY });
  }
  mesh.start();
  const a = mesh.node("a");
  const desk = new ScriptedCoordinator(mesh.node("b"));
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  for (const role of ["b/route-coordinator", "b/relay", "c/relay"]) giveRole({ cluster, mesh }, role);
  a.take(cluster.service("web", ["d"]));
  return { cluster, mesh, a, desk };
}

/** Waits until all have told the coordinator of themselves. */
export function untilAllReported({ mesh, desk }: Pick<ScriptedDiamond, "mesh" | "desk">): void {
  mesh.until("all have reported", () => [...mesh.nodes.keys()].every((name) => desk.reportsOf(name).length > 0));
}

/** Has a node get a role in the partition of all. @param role `c/relay` */
export function giveRole({ cluster, mesh }: Pick<ScriptedDiamond, "cluster" | "mesh">, role: string): void {
  const body = { actions: [], services: [], depth: 0 };
  mesh.node("b").take(cluster.control({ kind: "role", subject: `${role}/north`, body }));
}

/** The newest announcement of the host. */
export function announceOfD(mesh: SimMesh): Uint8Array {
  const { agent, at } = mesh.node("d");
  return writeEnvelope(agent.book!.inForce("announce", "cluster", "d", at.wall)!.envelope);
}
