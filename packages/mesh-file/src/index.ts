export { checkMesh } from "./check.ts";
export { agentAdmin, hasAgent } from "./fabric.ts";
export { assignLabels, emptyLock, formatLock, parseLock } from "./lock.ts";
export type { LabelLock, RandomBelow } from "./lock.ts";
export { AUTO_PATH } from "./mesh.ts";
export type { MeshErrorCode } from "./mesh-errors.ts";
export type {
  FilePath,
  ListenerOptions,
  Mesh,
  MeshLink,
  MeshLsp,
  MeshNode,
  MeshPath,
  MeshProblem,
  MeshService,
  MeshTransit,
  MeshTunnel,
  NodeDirs,
} from "./mesh.ts";
export { linksOfPaths } from "./plan.ts";
export { parseMesh, parseMeshObject } from "./parse.ts";
export type { MeshDocument } from "./parse.ts";
export { hasLinkFlor, nodeSockets, renderMesh, renderMeshes } from "./render.ts";
export type { NodeSockets, RenderedMesh, RenderedNode } from "./render.ts";
export type { MeshFileInput } from "./mesh-file-form.ts";
export { checkSharedNodes } from "./shared-nodes.ts";
export type { SharedProblem } from "./shared-nodes.ts";
export { formatNodeConfig, parseNodeConfig } from "./rollout/node-config.ts";
export type { NodeConfig } from "./rollout/node-config.ts";
export { leadsOf, planRollout } from "./rollout/rollout.ts";
export { linksAwaited } from "./rollout/stages.ts";
export type { Lead, LeadBreak, NodeConfigs, RolloutStep } from "./rollout/rollout.ts";
export { clusterLinkKey, leadsCut, orderUpgrade, waysOfLeads } from "./upgrade-order.ts";
export type { LeadWays, UpgradeStep } from "./upgrade-order.ts";
export { hopOf, linkKey, localLinkName, otherEnd } from "./topology.ts";
export {
  clusterFlorFileOf,
  fabricFlorFileOf,
  LINK_FLOR_FILE,
  linkFileOf,
  lockFileOf,
  readLock,
  readMesh,
  readRendered,
  reportProblems,
  requireRenderable,
  writeLock,
  writeRendered,
  writeWhole,
} from "./drivers/mesh-files.ts";
export type { MeshReport, NodeFiles } from "./drivers/mesh-files.ts";
