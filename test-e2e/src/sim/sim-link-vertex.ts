import { ClusterPortal } from "@florenetes/link-flor/src/portal/cluster-portal.ts";
import { LINK_MTU } from "@florenetes/link-flor/src/quic-link/limits.ts";
import { OffloadedTransit } from "@florenetes/forwarding";
import type { Life } from "@florenetes/simkit";
import type { FlorioWire } from "./florio-wire.ts";
import type { LinkHandles } from "./link-handles.ts";
import { SimLinks } from "./sim-links.ts";
import { hostOf, nameOf } from "./sim-names.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { PacketWatch } from "./packet-watch.ts";
import type { PlannedLink, SimPlan } from "./sim-plan.ts";
import type { SimWorld } from "./sim-world.ts";

export interface SimLinkVertexOptions {
  readonly node: number;
  /** Tells the link vertices of a node apart. */
  readonly index: number;
  readonly wire: FlorioWire;
  readonly handles: LinkHandles;
  readonly plan: SimPlan;
  readonly watch: PacketWatch;
}

/** A link-flor process from start to end, with one cluster. All packets that it forwards by itself are checked on the way. */
export class SimLinkVertex {
  readonly portal: ClusterPortal;
  readonly links: SimLinks;

  constructor(world: SimWorld, life: Life, network: SimNetwork, options: SimLinkVertexOptions) {
    const { node, index, wire, handles, plan, watch } = options;
    const instance = world.newInstance();
    const vertex = nameOf(node);
    const host = hostOf(node, index);
    handles.handleEndOfLife();
    this.portal = new ClusterPortal({
      cluster: "sim",
      principal: vertex,
      instance,
      linkMtuMax: LINK_MTU,
      openTransit: (of) => new OffloadedTransit({ ...of, seed: node }),
      log: world.log(`link-flor ${vertex}/${index}`),
      time: world.timeOf(life),
    });
    this.links = new SimLinks({ world, life, network, vertex, host, instance, observer: this.portal, handles });
    const { transit } = this.portal;
    const take = transit.handlePacket.bind(transit);
    transit.handlePacket = (handle, packet, start, end) => {
      const isTaken = take(handle, packet, start, end);
      const isIts = (link: PlannedLink): boolean =>
        link.portal === index && nameOf(link.peer) === handles.peerOf(handle);
      if (isTaken) watch.handlePacket(node, plan.links[node]!.findIndex(isIts), packet, start);
      return isTaken;
    };
    this.portal.join({ florio: wire.pair.b, links: this.links });
    wire.hold("link", life, this.portal);
  }
}
