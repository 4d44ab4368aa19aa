export { checkMesh } from "./check.ts";
export { assignLabels, emptyLock, formatLock, parseLock } from "./lock.ts";
export type { LabelLock, RandomBelow } from "./lock.ts";
export { MESH_ERRORS } from "./mesh-errors.ts";
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
export { parseMesh, parseMeshObject } from "./parse.ts";
export type { MeshDocument } from "./parse.ts";
export { nodeSockets, renderMesh, renderMeshes } from "./render.ts";
export type { NodeSockets, RenderedMesh, RenderedNode } from "./render.ts";
export type { MeshFileInput } from "./mesh-file-form.ts";
export { checkSharedNodes } from "./shared-nodes.ts";
export type { SharedProblem } from "./shared-nodes.ts";
export { hopOf, linkKey, localLinkName, otherEnd } from "./topology.ts";
export {
  lockFileOf,
  readLock,
  readMesh,
  reportProblems,
  requireRenderable,
  writeLock,
  writeRendered,
} from "./drivers/mesh-files.ts";
export type { MeshReport } from "./drivers/mesh-files.ts";
