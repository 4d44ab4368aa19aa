import type { Conversations } from "./conversations.ts";
import { FlorioWire } from "./florio-wire.ts";
import type { PacketWatch } from "./packet-watch.ts";
import { SimClusterVertex } from "./sim-cluster-vertex.ts";
import { SimLinkVertex } from "./sim-link-vertex.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimPlan } from "./sim-plan.ts";
import { SimProcess } from "./sim-process.ts";
import type { SimWorld } from "./sim-world.ts";

/** How many frames the sockets between two processes hold: few large ones, or many small ones. */
const socketFrames = [4, 64, 256];

/** What all nodes of a mesh share. */
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
  readonly wires: readonly FlorioWire[];

  constructor(world: SimWorld, node: number, { plan, network, conversations, watch }: SimSurroundings) {
    const { scheduler, random } = world;
    const wires = Array.from({ length: plan.portals[node]! }, () => new FlorioWire(random.pick(socketFrames)));
    this.wires = wires;
    const ports = wires.map(({ pair }) => pair.a);
    this.cluster = new SimProcess(scheduler, wires, "cluster", (life) => {
      const vertex = new SimClusterVertex(world, life, { plan, node, ports, conversations, watch });
      wires.forEach((wire, portal) => wire.hold("cluster", life, vertex.connection.portals[portal]!));
      return vertex;
    });
    this.links = wires.map((wire, index) => {
      return new SimProcess(scheduler, [wire], "link", (life) => {
        const vertex = new SimLinkVertex(world, life, network, node, index, wire.pair.b);
        wire.hold("link", life, vertex.portal);
        return vertex;
      });
    });
    for (const wire of wires) scheduler.after(random.next() * 100, () => wire.keepConnecting(scheduler));
  }

  get processes(): readonly SimProcess<unknown>[] {
    return [this.cluster, ...this.links];
  }
}
