export { openLab } from "./open-lab.ts";
export type { Lab, LabOptions, SpawnOptions } from "./lab.ts";
export type { ProcessName, VertexCommand } from "./executables.ts";
export { LAB_ERRORS } from "./lab-error.ts";
export type { LabErrorCode } from "./lab-error.ts";
export type { ExecOptions, ExecResult } from "./output.ts";
export type { ClusterLinkView, ClusterView, LinkView, NodeStatus } from "./status.ts";
export { sweepDeadLabs } from "./sweep.ts";
