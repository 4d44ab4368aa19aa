/*
 * Whole agents whose coordinator leases routes to web:
 *
 *               b (coordinator, relay)
 *             ╱   ╲
 *       origins    hosts
 *             ╲   ╱
 *               c (relay)
 */
import { DAY, DemoCluster } from "../demo-records.ts";
import { SimMesh, type SimOptions } from "./simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const FIGURES = { roundTripMs: 1.5, jitterMs: 0.1, loss: 0, rate: null, queue: 0, mtu: 1_350, breaks: 0 };
const RELAY = { classes: ["reliable", "bulk"], rate: 1_000_000 } as const;
export const RELAYS = ["b", "c"];

/**
 * Starts the agents, and hands in all records.
 *
 * @param startsAt Milliseconds since 1970
 */
export function startLeasedMesh(
  origins: readonly string[],
  hosts: readonly string[],
  agentOptions: SimOptions["agentOptions"] = () => ({}),
  cluster: DemoCluster = new DemoCluster(NOW - DAY),
  startsAt: number = NOW,
): SimMesh {
  const linksOf = (node: string): (readonly [string, string])[] => RELAYS.map((relay) => [node, relay]);
  const mesh = new SimMesh({
    cluster,
    startsAt,
    links: [...new Set([...origins, ...hosts])].flatMap(linksOf),
    services: Object.fromEntries(hosts.map((host) => [host, ["web"]])),
    wants: Object.fromEntries(origins.map((origin) => [origin, ["web"]])),
    coordinators: ["b"],
    agentOptions,
  });
  for (const node of mesh.nodes.values()) {
    node.vertex.change({ links: node.vertex.view.links.map((link) => ({ ...link, figures: FIGURES })) });
    if (RELAYS.includes(node.name)) node.vertex.change({ relay: RELAY });
  }
  mesh.start();
  const body = { actions: [], services: [], depth: 0 };
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  for (const subject of ["b/route-coordinator/north", "b/relay/north", "c/relay/north"])
    mesh.node("b").take(cluster.control({ kind: "role", subject, body }));
  for (const origin of origins) mesh.node(origin).take(cluster.service("web", hosts));
  return mesh;
}
