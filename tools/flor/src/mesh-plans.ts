import { randomInt } from "node:crypto";
import { join } from "node:path";
import {
  clusterFlorFileOf,
  linkFileOf,
  formatNodeConfig,
  lockFileOf,
  parseNodeConfig,
  planRollout,
  readRendered,
  renderMeshes,
  writeLock,
} from "@florenetes/mesh-file";
import type {
  LabelLock,
  Mesh,
  NodeConfig,
  NodeFiles,
  RenderedMesh,
  RenderedNode,
  RolloutStep,
} from "@florenetes/mesh-file";
import { readLocks, readRenderable } from "./mesh-documents.ts";
import { identityLine, type NewNode } from "./new-nodes.ts";
import type { Output } from "./output.ts";

/** A step of a plan. */
interface PlannedStep extends RolloutStep {
  /** Name of the config file in the node's folder. */
  readonly file: string;
  /** The text of the config file; undefined: the node stops. */
  readonly text: string | undefined;
}

/** A plan by which the nodes of a cluster get their configs. */
export interface ClusterPlan {
  readonly cluster: string;
  /** Number of nodes that the mesh has in the end. */
  readonly nodes: number;
  readonly steps: readonly PlannedStep[];
  /** Former nodes whose link-flor gets another config. */
  readonly linkFlors: readonly { readonly node: string; readonly text: string }[];
  /** Former nodes, each with a portal whose link vertex gets another config. link-flor is not among these. */
  readonly linkVertices: readonly { readonly node: string; readonly portal: string; readonly text: string }[];
  /** Former nodes whose agent gets a config, another one, or none any more (undefined). */
  readonly agents: readonly { readonly node: string; readonly text: string | undefined }[];
  /** Nodes that are new. */
  readonly newNodes: readonly NewNode[];
  /** Identities that former nodes did not need until now. */
  readonly newIdentities: readonly { readonly node: string; readonly identities: RenderedNode["identities"] }[];
  /** Nodes that are no longer in the mesh. */
  readonly gone: readonly string[];
  /** Configs that the nodes have at first, by the nodes' names. */
  readonly before: ReadonlyMap<string, NodeConfig>;
  /** Configs that the nodes have in the end, by the nodes' names. */
  readonly after: ReadonlyMap<string, NodeConfig>;
}

/** Mesh files, and the configs of their nodes. */
export interface RenderedFiles {
  readonly meshes: readonly Mesh[];
  /** The labels that were given before. */
  readonly locks: readonly LabelLock[];
  readonly rendered: readonly RenderedMesh[];
  /** Writes the labels down, before any node has them: a later run must never give a label that is in use to something else. */
  readonly writeLocks: () => Promise<void>;
}

/** Renders mesh files, and writes nothing. Warnings go to `output`. */
export async function renderFiles(files: readonly string[], output: Output): Promise<RenderedFiles> {
  const documents = await readRenderable(files, output);
  const meshes = documents.map(({ mesh }) => mesh);
  const locks = await readLocks(files, documents);
  const rendered = renderMeshes(meshes, randomInt, locks);
  const writeLocks = async (): Promise<void> => {
    for (const [index, file] of files.entries()) await writeLock(lockFileOf(file), rendered[index]!.lock);
  };
  return { meshes, locks, rendered, writeLocks };
}

/** The files of the nodes of a rendered mesh, by the nodes' names. */
export function nodeFilesOf({ nodes }: RenderedMesh): ReadonlyMap<string, NodeFiles> {
  return new Map(
    nodes.map(({ name, linkFlor, clusterFlor, linkVertices, fabricFlor }) => {
      const others = new Map(linkVertices.map(({ portal, text }) => [portal, text]));
      return [name, { linkFlor, clusterFlor, linkVertices: others, fabricFlor }];
    }),
  );
}

/**
 * Plans how the nodes of all clusters get from the files in a folder to other files.
 *
 * @param filesAfter returns the files that a cluster's nodes have in the end
 */
export async function planFrom(
  folder: string,
  rendered: readonly RenderedMesh[],
  filesAfter: (mesh: RenderedMesh) => ReadonlyMap<string, NodeFiles> | Promise<ReadonlyMap<string, NodeFiles>>,
): Promise<ClusterPlan[]> {
  const clusters = rendered.length;
  const all = await Promise.all(
    rendered.map(async (mesh) => {
      const before = await readRendered(folder, mesh.lock.cluster, clusters);
      return { mesh, before, after: await filesAfter(mesh) };
    }),
  );
  const isRunning = (node: string): boolean => all.some(({ before }) => before.has(node));
  return all.map(({ mesh, before, after }) => {
    const { cluster } = mesh.lock;
    const newNodes = [...after].flatMap(([node, { linkFlor, clusterFlor, linkVertices, fabricFlor }]): NewNode[] => {
      if (before.has(node) || clusterFlor === undefined) return [];
      const { identities = [] } = mesh.nodes.find(({ name }) => name === node) ?? {};
      const isThere = isRunning(node);
      const ofLinks = { linkFlor: isThere ? undefined : linkFlor, linkVertices: isThere ? new Map() : linkVertices };
      return [{ node, cluster, ...ofLinks, clusterFlor, fabricFlor, identities }];
    });
    const newIdentities = [...after.keys()].flatMap((node) => {
      const { identities = [] } = mesh.nodes.find(({ name }) => name === node) ?? {};
      const known = before.get(node);
      const missing = known === undefined ? [] : identities.filter(({ folder: place }) => !names(known, place));
      return missing.length === 0 ? [] : [{ node, identities: missing }];
    });
    return { ...planCluster(cluster, clusters, folder, before, after), newNodes, newIdentities };
  });
}

/**
 * Plans how the nodes of a cluster get from some files to other files.
 *
 * @param clusters number of clusters that are rendered together
 * @param folder the folder of the former files, for errors
 */
function planCluster(
  cluster: string,
  clusters: number,
  folder: string,
  before: ReadonlyMap<string, NodeFiles>,
  after: ReadonlyMap<string, NodeFiles>,
): Omit<ClusterPlan, "newNodes" | "newIdentities"> {
  const file = clusterFlorFileOf(cluster, clusters);
  const [first, last] = [configsOf(before, folder, file), configsOf(after, "", file)];
  const steps = planRollout(first, last).map((step) => {
    const { node, action, config } = step;
    const isLast = action !== "widen" && action !== "switch";
    const comment = ` Node ${node} on its way to another config.`;
    const text = isLast || config === undefined ? after.get(node)?.clusterFlor : formatNodeConfig(config, comment);
    return { ...step, file, text };
  });
  return {
    cluster,
    nodes: last.size,
    steps,
    linkFlors: [...after].flatMap(([node, { linkFlor }]) =>
      linkFlor !== undefined && before.has(node) && before.get(node)!.linkFlor !== linkFlor
        ? [{ node, text: linkFlor }]
        : [],
    ),
    linkVertices: [...after].flatMap(([node, { linkVertices }]) =>
      [...linkVertices].flatMap(([portal, text]) =>
        before.has(node) && before.get(node)!.linkVertices.get(portal) !== text ? [{ node, portal, text }] : [],
      ),
    ),
    agents: [...after].flatMap(([node, { fabricFlor: text }]) =>
      before.has(node) && before.get(node)!.fabricFlor !== text ? [{ node, text }] : [],
    ),
    gone: [...first.keys()].filter((node) => !last.has(node)),
    before: first,
    after: last,
  };
}

function configsOf(files: ReadonlyMap<string, NodeFiles>, folder: string, name: string): Map<string, NodeConfig> {
  const configs = new Map<string, NodeConfig>();
  for (const [node, { clusterFlor }] of files) {
    if (clusterFlor !== undefined) configs.set(node, parseNodeConfig(clusterFlor, join(folder, node, name)));
  }
  return configs;
}

/** Whether the config files of a node name a folder. */
function names({ linkFlor = "", clusterFlor = "" }: NodeFiles, folder: string): boolean {
  return `${linkFlor}\n${clusterFlor}`.split(/[\s"',:[\]{}]+/).includes(folder);
}

/**
 * Lines about identities that have to be on nodes before their steps. Identities that root puts into `configs`, the folder of systemd's
 * units, have to be given to the units' users.
 */
export function newIdentityLines({ cluster, newIdentities }: ClusterPlan, configs: string): string[] {
  return newIdentities.flatMap(({ node, identities }) => [
    `${node} needs before its step:`,
    ...identities.map(identityLine),
    ...(identities.some(({ folder }) => folder.startsWith(`${configs}/${cluster}/`))
      ? [`  flor unit prepare ${cluster}, as root: the unit's user gets what root has put there`]
      : []),
  ]);
}

/** Lines about agents whose configs only the operator can bring. */
export function agentLines({ cluster, agents }: ClusterPlan, configs: string): string[] {
  return agents.map(({ node, text }) =>
    text === undefined
      ? `${node} runs no agent any more: \`systemctl disable --now fabric-flor@${cluster}\` there, and remove ${configs}/${cluster}/fabric-flor.yaml`
      : `the agent takes another config at ${node}: bring its fabric-flor.yaml there, as ${configs}/${cluster}/fabric-flor.yaml, and \`systemctl enable --now fabric-flor@${cluster}\` (or reload it)`,
  );
}

/** Lines about link vertices whose configs only the operator can bring. */
export function linkVertexLines({ linkVertices }: ClusterPlan): string[] {
  return linkVertices.map(({ node, portal }) => {
    return `the link vertex of portal ${portal} takes another config at ${node}: bring its ${linkFileOf(portal)} there, and restart it`;
  });
}
