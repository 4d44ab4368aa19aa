/** Several meshes on the same machines: nodes of one name are one machine, with one link-flor and a cluster-flor for each mesh. */
import { stringify } from "yaml";
import type { FilePath, Mesh, MeshNode, MeshProblem, NodeDirs } from "./mesh.ts";
import type { MeshErrorCode } from "./mesh-errors.ts";

/** A problem of one of several meshes, by the mesh's index. */
export interface SharedProblem extends MeshProblem {
  readonly mesh: number;
}

/** Addresses that stand for all of a machine's. */
const ALL_ADDRESSES = ["0.0.0.0", "::"];
/** The folders that belong to one cluster alone. */
const OWN_DIRS: readonly (readonly [keyof NodeDirs, string])[] = [
  ["identity", "identity"],
  ["runCluster", "run-cluster"],
  ["stateCluster", "state-cluster"],
];
/** The folders of the one link-flor. */
const COMMON_DIRS: readonly (readonly [keyof NodeDirs, string])[] = [
  ["runLink", "run-link"],
  ["stateLink", "state-link"],
];

/**
 * Finds what keeps several meshes from being on the same machines; the later of two conflicting meshes has the problem.
 * `checkMesh` has checked each of them.
 */
export function checkSharedNodes(meshes: readonly Mesh[]): readonly SharedProblem[] {
  return meshes.flatMap((mesh, index) => {
    const earlier = meshes.slice(0, index);
    const others = earlier.filter(({ cluster }) => cluster !== mesh.cluster);
    const problems = [
      ...(others.length < earlier.length ? [clusterTwice(mesh)] : []),
      ...mesh.nodes.flatMap((node) => others.flatMap((other) => checkNode(mesh, node, other))),
    ];
    return problems.map((problem) => ({ ...problem, mesh: index }));
  });
}

function clusterTwice({ cluster }: Mesh): MeshProblem {
  const message = `there is another mesh of cluster "${cluster}"`;
  return problem("ERR_MESH_CLUSTER_TWICE", ["cluster"], message, "A cluster has one mesh file.");
}

function checkNode(mesh: Mesh, node: MeshNode, other: Mesh): MeshProblem[] {
  const there = other.nodes.find(({ name }) => name === node.name);
  if (there === undefined) return [];
  const at: FilePath = ["nodes", node.name];
  const problems: MeshProblem[] = [];
  const isOneAddress =
    node.listen === there.listen || [node, there].some(({ listen }) => ALL_ADDRESSES.includes(listen));
  if (node.port === there.port && isOneAddress) {
    const message = `"${node.name}" listens on UDP port ${node.port} for cluster "${other.cluster}" already`;
    problems.push(problem("ERR_MESH_PORT_CLASH", at, message, "Give it another port in one of the two mesh files."));
  }
  for (const [key, name] of COMMON_DIRS) {
    if (node.dirs[key] === there.dirs[key]) continue;
    const message = `"${node.name}" has the ${name} folder ${there.dirs[key]} in cluster "${other.cluster}", and one link-flor for both`;
    problems.push(problem("ERR_MESH_DIRS", [...at, "dirs"], message, "Name the same folder in both mesh files."));
  }
  for (const [key, name] of OWN_DIRS) {
    if (node.dirs[key] !== there.dirs[key]) continue;
    const message = `the ${name} folder of "${node.name}" is that of cluster "${other.cluster}", too`;
    problems.push(problem("ERR_MESH_DIRS", [...at, "dirs"], message, "Give each cluster a folder of its own."));
  }
  if (linkFlorSettings(node) !== linkFlorSettings(there)) {
    const message = `"${node.name}" has other settings of link-flor in cluster "${other.cluster}", and one link-flor for both`;
    problems.push(problem("ERR_MESH_SETTINGS", at, message, "Write the same settings into both mesh files."));
  }
  return [...problems, ...checkListeners(mesh, node.name, other)];
}

/** A text that is the same where the settings are, in whatever order they stand. */
function linkFlorSettings({ settings }: MeshNode): string {
  return stringify(settings["link-flor"], { sortMapEntries: true });
}

function checkListeners(mesh: Mesh, node: string, other: Mesh): MeshProblem[] {
  const taken = new Set(other.tunnels.filter((tunnel) => tunnel.node === node).map(({ listen }) => listen));
  return mesh.tunnels.flatMap((tunnel, index) => {
    if (tunnel.node !== node || !taken.has(tunnel.listen)) return [];
    const message = `"${node}" listens on ${tunnel.listen} for a tunnel of cluster "${other.cluster}" already`;
    const at: FilePath = ["tunnels", index, "listen"];
    return [problem("ERR_MESH_LISTEN_CLASH", at, message, "Give one of them another port.")];
  });
}

function problem(code: MeshErrorCode, path: FilePath, message: string, advice: string): MeshProblem {
  return { severity: "error", code, path, message, advice };
}
