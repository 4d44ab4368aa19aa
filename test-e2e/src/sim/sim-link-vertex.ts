import type { FlorioPort } from "@florenetes/florio";
import { packetSizeMax } from "@florenetes/link-flor/src/quic-link/limits.ts";
import type { ClusterPortal } from "@florenetes/link-flor/src/portal/cluster-portal.ts";
import type { PortalServer } from "@florenetes/portal-api";
import { startPortal } from "./portal-ends.ts";
import type { SimLife } from "./sim-life.ts";
import { SimLinks } from "./sim-links.ts";
import { hostOf, nameOf } from "./sim-names.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimWorld } from "./sim-world.ts";

/** One life of link-flor, with one cluster. */
export class SimLinkVertex {
  readonly portal: ClusterPortal;
  readonly server: PortalServer;

  /** @param index tells the link vertices of a node apart */
  constructor(world: SimWorld, life: SimLife, network: SimNetwork, node: number, index: number, florio: FlorioPort) {
    const instance = world.newInstance();
    const vertex = nameOf(node);
    const host = hostOf(node, index);
    const { portal, server } = startPortal(world.scheduler, life, {
      cluster: "sim",
      principal: vertex,
      instance,
      linkMtuMax: packetSizeMax,
      log: world.log(`link-flor ${vertex}/${index}`),
      florio,
      makeLinks: (observer) => new SimLinks({ world, life, network, vertex, host, instance, observer }),
    });
    this.portal = portal;
    this.server = server;
  }
}
