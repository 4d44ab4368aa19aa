import { afterEach, describe } from "vitest";
import { judgeClusters } from "./clusters.ts";
import { judgeClusterVertices } from "./cluster-vertices.ts";
import { judgeLargePackets } from "./large-packets.ts";
import { judgeQueues } from "./queues.ts";
import { judgeRevocation } from "./revocation.ts";
import { judgeSockets } from "./sockets.ts";
import { judgeTransit } from "./transit.ts";
import { judgeLinks } from "./links.ts";
import { LinkOnPlane } from "./link-on-plane.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import type { DataPlaneSubject } from "./subject.ts";

/** Registers the tests that hold a data plane to what its seam promises: whole link vertices on it, over UDP on loopback and FlorIO. */
export function judgeDataPlane(subject: DataPlaneSubject): void {
  const hood = new Neighbourhood((clusters, settings) => LinkOnPlane.start(subject, clusters, settings));
  describe(subject.name, () => {
    afterEach(() => hood.endAll());
    judgeSockets(subject);
    judgeLinks(hood);
    judgeLargePackets(hood);
    judgeClusterVertices(hood);
    judgeClusters(hood);
    judgeRevocation(hood);
    judgeQueues(hood);
    judgeTransit(hood);
  });
}
