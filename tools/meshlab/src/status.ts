import { requestAdmin } from "@florenetes/process-kit";
import type { ProcessStatus } from "@florenetes/process-kit";
import type { NodeSockets, RenderedNode } from "@florenetes/mesh-file";
import { forEachParallel } from "./command.ts";
import { PARALLEL_MAX, STATUS_MS_MAX } from "./limits.ts";

/** The status of both processes of a node; undefined for a process that does not answer. */
export interface NodeStatus {
  readonly clusterFlor: ClusterView | undefined;
  readonly linkFlor: LinkView | undefined;
}

/** The parts of cluster-flor's status that the lab reads. */
export interface ClusterView {
  readonly vertex: string;
  /** The engine, which a vertex of another make may not tell. */
  readonly engine?: { readonly name: string; readonly asked: string; readonly reason: string };
  readonly portals: readonly { readonly state: string; readonly code: string; readonly text: string }[];
  readonly links: readonly ClusterLinkView[];
  readonly tunnels: readonly { readonly listen: string; readonly isListening: boolean; readonly text: string }[];
  /** The sockets of data sessions, which a vertex of another make may not have. */
  readonly sessions?: readonly { readonly listen: string; readonly isListening: boolean; readonly text: string }[];
  readonly connections: readonly {
    readonly id: string;
    readonly direction: string;
    readonly state: string;
    readonly peer: string | null;
    readonly peerValidUntil: string | null;
    readonly streamsOpen: number;
    readonly rttMs: number | null;
    readonly bytesSent: number;
    readonly bytesReceived: number;
  }[];
  /** The process itself, which a vertex of another make may not tell. */
  readonly process?: ProcessStatus;
  readonly [more: string]: unknown;
}

export interface ClusterLinkView {
  readonly name: string;
  readonly peer: string;
  readonly tag: string;
  readonly role: string;
  readonly state: string;
  readonly code: string;
  readonly text: string;
  readonly mtu: number;
  readonly [more: string]: unknown;
}

/** The parts of link-flor's status that the lab reads. */
export interface LinkView {
  /** The engine, which a vertex of another make may not tell. */
  readonly engine?: { readonly name: string };
  readonly clusters: readonly {
    readonly cluster: string;
    readonly listen: string;
    readonly links: readonly {
      readonly peer: string;
      readonly tag: string;
      readonly state: string;
      readonly code: string;
      readonly text: string;
      readonly rttMs: number | null;
      readonly isEcnOn: boolean;
    }[];
    readonly udp: Readonly<Record<string, number>>;
  }[];
  /** The process itself, which a vertex of another make may not tell. */
  readonly process?: ProcessStatus;
  readonly [more: string]: unknown;
}

export async function readNodeStatus(sockets: NodeSockets): Promise<NodeStatus> {
  const [clusterFlor, linkFlor] = await Promise.all([ask(sockets.clusterAdmin), ask(sockets.linkAdmin)]);
  return { clusterFlor: clusterFlor as ClusterView | undefined, linkFlor: linkFlor as LinkView | undefined };
}

/** The status of cluster-flor alone. */
export async function readClusterStatus(sockets: NodeSockets): Promise<NodeStatus> {
  return { clusterFlor: (await ask(sockets.clusterAdmin)) as ClusterView | undefined, linkFlor: undefined };
}

/**
 * Asks nodes beside each other.
 *
 * @param read asks one of them
 */
export async function readStatuses(
  nodes: readonly RenderedNode[],
  read: (sockets: NodeSockets) => Promise<NodeStatus> = readNodeStatus,
): Promise<ReadonlyMap<string, NodeStatus>> {
  const statuses = new Map<string, NodeStatus>();
  await forEachParallel(nodes, PARALLEL_MAX, async ({ name, sockets }) => {
    statuses.set(name, await read(sockets));
  });
  return new Map(nodes.map(({ name }) => [name, statuses.get(name)!]));
}

async function ask(socket: string): Promise<unknown> {
  return requestAdmin(socket, "/status", { timeoutMs: STATUS_MS_MAX }).catch(() => undefined);
}
