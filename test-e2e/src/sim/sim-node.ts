import type { Conversations } from "./conversations.ts";
import type { PacketWatch } from "./packet-watch.ts";
import { SimClusterVertex } from "./sim-cluster-vertex.ts";
import { SimLinkVertex } from "./sim-link-vertex.ts";
import { nameOf } from "./sim-names.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimPlan } from "./sim-plan.ts";
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

  constructor(world: SimWorld, node: number, { plan, network, conversations, watch }: SimSurroundings) {
    const { scheduler, random } = world;
    const vertex = nameOf(node);
    const portals = Array.from({ length: plan.portals[node]! }, (_, index) => {
      return new SimPortal(scheduler, vertex, index, random.pick(socketFrames));
    });
    const wires = portals.map(({ wire }) => wire);
    this.portals = portals;
    this.cluster = new SimProcess(scheduler, wires, "cluster", (life) => {
      const cluster = new SimClusterVertex(world, life, { plan, node, portals, conversations, watch });
      wires.forEach((wire, index) => wire.hold("cluster", life, cluster.connection.portals[index]!));
      return cluster;
    });
    this.links = portals.map(({ wire, handles }, index) => {
      return new SimProcess(scheduler, [wire], "link", (life) => {
        const link = new SimLinkVertex(world, life, network, { node, index, florio: wire.pair.b, handles });
        wire.hold("link", life, link.portal);
        return link;
      });
    });
    for (const wire of wires) scheduler.after(random.next() * 100, () => wire.keepConnecting(scheduler));
  }

  get processes(): readonly SimProcess<unknown>[] {
    return [this.cluster, ...this.links];
  }

  /** @throws AssertionError where the sides of a portal have differed for too long */
  look(now: number): void {
    const connection = this.cluster.vertex?.connection;
    for (const [index, { wire, agreement }] of this.portals.entries()) {
      const link = this.links[index]!.vertex;
      const isUndisturbed = connection !== undefined && link !== undefined && wire.isUndisturbed;
      agreement.look(isUndisturbed ? { connection, portal: link.portal, server: link.server } : undefined, now);
    }
  }
}
