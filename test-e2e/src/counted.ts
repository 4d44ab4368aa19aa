import type { Lab } from "@florenetes/meshlab";
import { expect } from "vitest";
import { PATIENCE } from "./patience.ts";

/** Counts by name. */
export type Counts = Readonly<Record<string, number>>;

/** The counters that have grown between two readings, and by how much. */
export function grown(before: Counts, after: Counts): Counts {
  const growth = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(growth.filter(([, count]) => count !== 0));
}

/** The part of link-flor's status that this folder's tests read: the whole is link-flor's LinkFlorStatus. */
interface LinkFlorCounts {
  readonly clusters: readonly {
    readonly udp: Counts;
    readonly handshakes: Counts;
    readonly portal: { readonly transitLabels: number; readonly florio: Counts };
    readonly links: readonly { readonly peer: string; readonly peerAddress: string | null }[];
  }[];
}

/** The part of cluster-flor's ClusterStatus that this folder's tests read. */
export interface ClusterFlorCounts {
  readonly portals: readonly { readonly transit: string; readonly florio: Counts }[];
  readonly links: readonly { readonly offloadedIn: number; readonly offloadedOut: number }[];
  readonly drops: { readonly forwarding: Counts; readonly transport: Counts; readonly florio: Counts };
  readonly forwarding: {
    readonly links: readonly { readonly packetsForwarded: number }[];
    readonly transit: readonly {
      readonly inLink: string;
      readonly outLink: string;
      readonly packets: number;
      readonly packetsDropped: number;
    }[];
  };
  readonly services: readonly {
    readonly name: string;
    readonly connections: { readonly total: number; readonly refused: Counts };
    readonly handshakes: Counts;
  }[];
  readonly connections: readonly { readonly id: string; readonly direction: string; readonly state: string }[];
}

/** The counts of a node's link-flor for its only cluster. */
export async function linkCounts(lab: Lab, node: string): Promise<LinkFlorCounts["clusters"][number]> {
  const { linkFlor } = await lab.status(node);
  if (linkFlor === undefined) throw new Error(`link-flor of ${node} does not answer`);
  return (linkFlor as unknown as LinkFlorCounts).clusters[0]!;
}

export async function clusterCounts(lab: Lab, node: string): Promise<ClusterFlorCounts> {
  const { clusterFlor } = await lab.status(node);
  if (clusterFlor === undefined) throw new Error(`cluster-flor of ${node} does not answer`);
  return clusterFlor as unknown as ClusterFlorCounts;
}

/**
 * Waits until a node's cluster-flor knows of all packets that its link-flor forwarded and dropped for it before now; link-flor reports once a second.
 * The first report that shows new packets may have been under way already; the second one was made later.
 *
 * @param traffic sends something through the node, unless packets pass it all the time
 */
export async function untilReported(lab: Lab, node: string, traffic?: () => Promise<unknown>): Promise<void> {
  const forwarded = async (): Promise<number> => {
    await traffic?.();
    const { transit } = (await clusterCounts(lab, node)).forwarding;
    return transit.reduce((sum, { packets }) => sum + packets, 0);
  };
  for (let reports = 0; reports < 2; reports++) {
    const before = await forwarded();
    await expect.poll(forwarded, PATIENCE).toBeGreaterThan(before);
  }
}
