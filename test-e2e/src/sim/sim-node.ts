import assert from "node:assert";
import { QUEUE_PACKETS_MAX } from "@florenetes/link-flor/src/quic-link/limits.ts";
import { defaultLimits } from "@florenetes/cluster-flor/src/transport/limits.ts";
import type { Life } from "@florenetes/simkit";
import type { Conversations } from "./conversations.ts";
import type { PacketWatch } from "./packet-watch.ts";
import { SimClusterVertex } from "./sim-cluster-vertex.ts";
import { SimLinkVertex } from "./sim-link-vertex.ts";
import { nameOf } from "./sim-names.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { PlannedLink, SimPlan } from "./sim-plan.ts";
import { SimPortal } from "./sim-portal.ts";
import { SimProcess } from "./sim-process.ts";
import type { SimWorld } from "./sim-world.ts";

/** How many frames the sockets between two processes hold: few large ones, or many small ones. */
const socketFrames = [4, 64, 256];

/** The surroundings that all nodes of a mesh share. */
export interface SimSurroundings {
  readonly plan: SimPlan;
  readonly network: SimNetwork;
  readonly conversations: Conversations;
  readonly watch: PacketWatch;
}

/**
 * A node: the processes of the two programs, joined by FlorIO.
 *
 *     workloads in memory ═ Transport ═ Forwarder ═ ConnectionService ═╦═ FlorIO ═ ClusterPortal ═ Endpoint ═ network
 *                                                                      ╚═ FlorIO ═ ClusterPortal ═ Endpoint ═ network
 */
export class SimNode {
  readonly cluster: SimProcess<SimClusterVertex>;
  readonly links: readonly SimProcess<SimLinkVertex>[];
  readonly portals: readonly SimPortal[];

  readonly #name: string;
  readonly #planned: readonly PlannedLink[];
  readonly #isOffloaded: boolean;

  constructor(world: SimWorld, node: number, { plan, network, conversations, watch }: SimSurroundings) {
    const { scheduler, random } = world;
    const vertex = nameOf(node);
    this.#name = vertex;
    this.#planned = plan.links[node]!;
    this.#isOffloaded = plan.isOffloaded;
    const portals = Array.from({ length: plan.portals[node]! }, (_, index) => {
      return new SimPortal(scheduler, vertex, index, random.pick(socketFrames));
    });
    const wires = portals.map(({ wire }) => wire);
    this.portals = portals;
    const cluster = (life: Life): SimClusterVertex => {
      return new SimClusterVertex(world, life, { plan, node, portals, conversations, watch });
    };
    this.cluster = new SimProcess(scheduler, wires, "cluster", cluster, defaultLimits.restartMs);
    this.links = portals.map(({ wire, handles }, index) => {
      return new SimProcess(scheduler, [wire], "link", (life) => {
        return new SimLinkVertex(world, life, network, { node, index, wire, handles, plan, watch });
      });
    });
    for (const wire of wires) scheduler.after(random.next() * 100, () => wire.keepConnecting(scheduler));
  }

  get processes(): readonly SimProcess<unknown>[] {
    return [this.cluster, ...this.links];
  }

  /** @throws AssertionError where the sides of a portal have differed for too long, or something holds more than it may */
  look(now: number): void {
    const connection = this.cluster.vertex?.connection;
    for (const [index, { wire, agreement }] of this.portals.entries()) {
      const link = this.links[index]!.vertex;
      wire.ledger.checkFrames();
      if (link !== undefined) this.#checkLinks(index, link);
      const isUndisturbed = connection !== undefined && link !== undefined && wire.isUndisturbed;
      agreement.look(isUndisturbed ? { connection, portal: link.portal } : undefined, now);
    }
  }

  /** Whether each process has counted all packets that it took. */
  checkCounts(now: number): void {
    const vertex = this.cluster.vertex!;
    vertex.checkCounts();
    const rows = vertex.connection.links.status(String, now);
    for (const [index, { wire }] of this.portals.entries()) {
      const own = rows.filter(({ portal }) => portal === String(index));
      wire.ledger.checkPackets(own.reduce((sum, { packetsSent, offloadedOut }) => sum + packetsSent - offloadedOut, 0));
    }
  }

  /** How many packets the link vertex of each portal has decided about by itself. */
  get decided(): number[] {
    return this.links.map((link) => link.vertex?.portal.transit?.packetsDecided ?? 0);
  }

  /** How many of these decided packets the cluster vertex has not been told of yet, and the tables that were not taken. */
  untoldOf(decidedThen: readonly number[]): string[] {
    const { vertex } = this.cluster;
    if (vertex === undefined) return [];
    const rows = vertex.connection.links.status(String, 0);
    return decidedThen.flatMap((decided, portal) => {
      const told = rows.reduce((sum, row) => sum + (row.portal === String(portal) ? row.offloadedIn : 0), 0);
      const isOffered = this.#isOffloaded && this.#planned.filter((planned) => planned.portal === portal).length > 1;
      const { transit } = vertex.connection.status()[portal]!;
      const where = `at ${this.#name}/${portal}`;
      return [
        ...(told < decided ? [`news of ${decided - told} packets ${where}`] : []),
        ...((transit === "offloaded") === isOffered ? [] : [`agreement on who forwards ${where}: ${transit}`]),
      ];
    });
  }

  /** Checks that a link vertex has the links that it was asked for, and that each keeps no more packets than it may. */
  #checkLinks(portal: number, { links }: SimLinkVertex): void {
    const rows = links.rows();
    const wanted = this.#planned.filter((link) => link.portal === portal).length;
    assert(rows.length <= wanted, `${this.#name}/${portal} has ${rows.length} links, and was asked for ${wanted}`);
    for (const { peer, queueLength } of rows) {
      const text = `${queueLength} packets wait for the link ${this.#name}-${peer}`;
      assert(queueLength <= QUEUE_PACKETS_MAX, text);
    }
  }
}
