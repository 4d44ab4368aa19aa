import type { ClusterPlane } from "../cluster-plane.ts";

/**
 * Carries the packets of all clusters of this process. The main thread decides: who is let in, which links there are, which session carries
 * one. It hands over to the plane whatever is up, and never asks which plane that is.
 *
 * There are two. `portable/` does all of it in this thread, and `native/` has a data thread in Rust do it. Both pass
 * test/data-plane/conformance.
 */
export interface DataPlane extends Disposable {
  /** Carries one more cluster, until its part is released. */
  addCluster(): ClusterPlane;
  /** Whether it goes on. */
  isAnswering(): boolean;
}
