import type { SimNode } from "./sim-node.ts";
import { nameOf } from "./sim-names.ts";
import type { SimPlan } from "./sim-plan.ts";

/**
 * Lists all that a node holds beyond what its config asks for, once no workload speaks any more: sessions, connections and streams of
 * the past, and packets that wait.
 */
export function leftoversOf(node: number, { cluster, links }: SimNode, plan: SimPlan): string[] {
  const connections = cluster.vertex?.transport.status().connections ?? [];
  const originated = connections.filter(({ direction }) => direction === "originated").length;
  const streams = connections.reduce((sum, { streamsOpen }) => sum + streamsOpen, 0);
  const rows = links.flatMap(({ vertex }) => vertex?.links.rows() ?? []);
  const queued = rows.reduce((sum, { queueLength }) => sum + queueLength, 0);
  const warm = plan.tunnels.filter(({ keepMs }) => keepMs === undefined);
  const ways = warm.filter(({ from }) => from === node).length;
  const uses = warm.filter(({ service }) => service.node === node).length;
  const held: Readonly<Record<string, readonly [number, number]>> = {
    links: [rows.length, plan.links[node]!.length],
    "originated connections": [originated, ways],
    "accepted connections": [connections.length - originated, uses],
    "open streams": [streams, 0],
    "packets in link queues": [queued, 0],
  };
  return Object.entries(held).flatMap(([what, [count, max]]) => {
    return count > max ? [`${what} at ${nameOf(node)}: ${count}, and ${max} at most`] : [];
  });
}
