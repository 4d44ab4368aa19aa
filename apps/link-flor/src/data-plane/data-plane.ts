import type { ClusterPlane } from "../cluster-plane.ts";

/**
 * Carries the packets of all clusters of this process. The main thread decides who is let in, which links there are, and which session carries
 * each. It hands sessions that are up over to the plane, and never asks which plane it has.
 *
 * There are two planes: `portable/` carries packets in this thread, `native/` in a data thread in Rust. Both pass
 * test/data-plane/conformance.
 */
export interface DataPlane extends Disposable {
  /** Makes the part that serves one more cluster, until it is released. */
  addCluster(): ClusterPlane;
  /** Whether the plane still works. */
  isAnswering(): boolean;
}
