import type { FlorioPort } from "@florenetes/florio";
import { LINK_MTU } from "@florenetes/link-flor/src/quic-link/limits.ts";
import type { ClusterPortal } from "@florenetes/link-flor/src/portal/cluster-portal.ts";
import type { PortalServer } from "@florenetes/portal-api";
import type { Life } from "@florenetes/simkit";
import type { LinkHandles } from "./link-handles.ts";
import { startPortal } from "./portal-ends.ts";
import { SimLinks } from "./sim-links.ts";
import { hostOf, nameOf } from "./sim-names.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimWorld } from "./sim-world.ts";

export interface SimLinkVertexOptions {
  readonly node: number;
  /** Tells the link vertices of a node apart. */
  readonly index: number;
  readonly florio: FlorioPort;
  readonly handles: LinkHandles;
}

/** One life of link-flor, with one cluster. */
export class SimLinkVertex {
  readonly portal: ClusterPortal;
  readonly server: PortalServer;
  readonly links: SimLinks;

  constructor(world: SimWorld, life: Life, network: SimNetwork, options: SimLinkVertexOptions) {
    const { node, index, florio, handles } = options;
    const instance = world.newInstance();
    const vertex = nameOf(node);
    const host = hostOf(node, index);
    handles.handleEndOfLife();
    let links: SimLinks | undefined;
    const { portal, server } = startPortal(world.scheduler, life, {
      cluster: "sim",
      principal: vertex,
      instance,
      linkMtuMax: LINK_MTU,
      log: world.log(`link-flor ${vertex}/${index}`),
      florio,
      makeLinks: (observer) =>
        (links = new SimLinks({ world, life, network, vertex, host, instance, observer, handles })),
    });
    this.portal = portal;
    this.server = server;
    this.links = links!;
  }
}
