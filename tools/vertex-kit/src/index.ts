export { isFaketimeInstalled } from "./bench/set-clock.ts";
export { choose } from "./check.ts";
export { CLUSTER_VERTEX_CHECKS } from "./cluster-vertex/plan.ts";
export { ClusterBench } from "./cluster-vertex/cluster-bench.ts";
export { LinkBench } from "./link-vertex/link-bench.ts";
export { LINK_VERTEX_CHECKS } from "./link-vertex/plan.ts";
export type { Outcome } from "./outcome.ts";
export { runChecks } from "./run.ts";
