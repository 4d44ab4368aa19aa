import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { loadConfig } from "@florenetes/config-file";
import { OperatorError, OperatorErrors } from "@florenetes/operator-text";
import { checkMesh } from "../check.ts";
import { emptyLock, formatLock, parseLock } from "../lock.ts";
import type { LabelLock } from "../lock.ts";
import type { Mesh } from "../mesh.ts";
import type { MeshErrorCode } from "../mesh-errors.ts";
import { toMeshDocument } from "../parse.ts";
import type { MeshDocument } from "../parse.ts";
import { isRendered, type RenderedMesh } from "../render.ts";
import { meshFileSchema } from "../schema.ts";
import { checkSharedNodes } from "../shared-nodes.ts";

/**
 * Reads a mesh file.
 *
 * @throws OperatorErrors when it cannot be read or does not have the form of one
 */
export async function readMesh(file: string): Promise<MeshDocument> {
  return toMeshDocument(await loadConfig(file, meshFileSchema));
}

/** Problems of a mesh, as errors that know their line. */
export interface MeshReport {
  readonly errors: readonly OperatorError[];
  readonly warnings: readonly OperatorError[];
}

/** Runs `checkMesh`, and gives the problems the lines of the file. */
export function reportProblems({ mesh, document }: MeshDocument): MeshReport {
  const errors: OperatorError[] = [];
  const warnings: OperatorError[] = [];
  for (const { severity, code, path, message, advice } of checkMesh(mesh)) {
    const list = severity === "error" ? errors : warnings;
    list.push(new OperatorError(code, message, { advice, where: document.place(path) }));
  }
  return { errors, warnings };
}

/**
 * Requires one mesh, or several on the same machines, to be without errors.
 *
 * @param tolerated Codes of errors that are accepted, as the meshes can be rendered in spite of them
 * @throws OperatorErrors with all other errors (not warnings) that `checkMesh` and `checkSharedNodes` find
 */
export function requireRenderable(documents: readonly MeshDocument[], tolerated: readonly MeshErrorCode[] = []): void {
  const shared = checkSharedNodes(documents.map(({ mesh }) => mesh)).map(
    ({ mesh, code, path, message, advice }) =>
      new OperatorError(code, message, { advice, where: documents[mesh]!.document.place(path) }),
  );
  const errors = [...documents.flatMap((document) => reportProblems(document).errors), ...shared];
  const intolerable = errors.filter(({ code }) => !tolerated.some((wanted) => wanted === code));
  if (intolerable.length > 0) throw new OperatorErrors(intolerable);
}

/** Returns the file that keeps the labels of a mesh file: `mesh.yaml` has `mesh.yaml.lock`. */
export function lockFileOf(meshFile: string): string {
  return `${resolve(meshFile)}.lock`;
}

/**
 * Reads the lock file of a mesh, or starts a new one when there is none.
 *
 * @throws OperatorErrors when it is damaged or another cluster's: labels are then not drawn anew
 */
export async function readLock(file: string, mesh: Mesh): Promise<LabelLock> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return emptyLock(mesh.cluster);
    throw error;
  }
  const lock = parseLock(text, file);
  if (lock.cluster === mesh.cluster) return lock;
  throw new OperatorError(
    "ERR_MESH_LOCK_CLUSTER" satisfies MeshErrorCode,
    `holds the labels of cluster "${lock.cluster}", not "${mesh.cluster}"`,
    {
      advice: "Was the cluster renamed? Then remove the lock file and roll out all nodes anew.",
      where: { file },
    },
  );
}

export async function writeLock(file: string, lock: LabelLock): Promise<void> {
  await writeWhole(file, formatLock(lock));
}

/** The files of a node that an earlier run has written; undefined: there is none. */
export interface NodeFiles {
  readonly linkFlor: string | undefined;
  readonly clusterFlor: string | undefined;
  /** The config of its agent. */
  readonly fabricFlor?: string | undefined;
  /** The configs of the link vertices of other portals, by portal. */
  readonly linkVertices: ReadonlyMap<string, string>;
}

/** Reads what `writeRendered` has written for one cluster, of `clusters` that were rendered together, by the nodes' names. */
export async function readRendered(
  folder: string,
  cluster: string,
  clusters: number,
): Promise<ReadonlyMap<string, NodeFiles>> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  const read = async (node: string, file: string): Promise<string | undefined> => {
    try {
      return await readFile(join(folder, node, file), "utf8");
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
      throw error;
    }
  };
  const nodes = new Map<string, NodeFiles>();
  for (const node of names.toSorted((one, other) => (one < other ? -1 : 1))) {
    const clusterFlor = await read(node, clusterFlorFileOf(cluster, clusters));
    if (clusterFlor === undefined) continue;
    const linkVertices = new Map<string, string>();
    for (const file of (await readdir(join(folder, node))).toSorted()) {
      const [, portal] = LINK_FILE.exec(file) ?? [];
      const text = portal === undefined ? undefined : await read(node, file);
      if (portal !== undefined && text !== undefined) linkVertices.set(portal, text);
    }
    const fabricFlor = await read(node, fabricFlorFileOf(cluster, clusters));
    const linkFlor = await read(node, LINK_FLOR_FILE);
    nodes.set(node, { clusterFlor, linkFlor, linkVertices, ...(fabricFlor !== undefined && { fabricFlor }) });
  }
  return nodes;
}

/** The names of the configs of a node's link vertices. */
export const LINK_FLOR_FILE = "link-flor.yaml";
/** A config of any other link vertex: `flor` cannot be the name of a portal. */
const LINK_FILE = /^link-(?!flor[.])(.+)[.]yaml$/;

/** The name of the config of another portal's link vertex. */
export function linkFileOf(portal: string): string {
  return `link-${portal}.yaml`;
}

/** The name of a node's cluster-flor config in its folder, when so many clusters are rendered together. */
export function clusterFlorFileOf(cluster: string, clusters: number): string {
  return clusters === 1 ? "cluster-flor.yaml" : `cluster-flor-${cluster}.yaml`;
}

/** The name of a node's fabric-flor config in its folder, when so many clusters are rendered together. */
export function fabricFlorFileOf(cluster: string, clusters: number): string {
  return clusters === 1 ? "fabric-flor.yaml" : `fabric-flor-${cluster}.yaml`;
}

/**
 * Writes `<folder>/<node>/link-flor.yaml` and `cluster-flor.yaml` for each node, and `link-<portal>.yaml` for other
 * link vertices, and `fabric-flor.yaml` where there is an agent; for several meshes `cluster-flor-<cluster>.yaml`. Returns the files' paths.
 */
export async function writeRendered(folder: string, ...meshes: readonly RenderedMesh[]): Promise<readonly string[]> {
  const files = new Map<string, string>();
  for (const { nodes, lock } of meshes) {
    for (const { name, linkFlor, linkVertices, clusterFlor, fabricFlor } of nodes) {
      if (linkFlor !== undefined) files.set(join(folder, name, LINK_FLOR_FILE), linkFlor);
      for (const { portal, text } of linkVertices) files.set(join(folder, name, linkFileOf(portal)), text);
      files.set(join(folder, name, clusterFlorFileOf(lock.cluster, meshes.length)), clusterFlor);
      if (fabricFlor !== undefined)
        files.set(join(folder, name, fabricFlorFileOf(lock.cluster, meshes.length)), fabricFlor);
    }
  }
  for (const [file, text] of files) await writeWhole(file, text);
  for (const { nodes, lock } of meshes) {
    for (const { name, fabricFlor } of nodes) {
      if (fabricFlor === undefined)
        await removeRendered(join(folder, name, fabricFlorFileOf(lock.cluster, meshes.length)));
    }
  }
  const nodes = new Set(meshes.flatMap((mesh) => mesh.nodes.map(({ name }) => name)));
  await ignoreFolders(folder, [...nodes].sort());
  return [...files.keys()];
}

/** Removes the config of an agent that the node has no more: else each plan would speak of it. A config written by hand stays. */
async function removeRendered(file: string): Promise<void> {
  const present = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (isRendered(present)) await rm(file);
}

const IGNORE_TITLE = "# Written by `flor mesh render`: identities are put beside the configs of nodes.";

/** Keeps the nodes' folders out of a repository around them. An existing ignore file of another author is left as it is. */
async function ignoreFolders(folder: string, names: readonly string[]): Promise<void> {
  const file = join(folder, ".gitignore");
  const present = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return IGNORE_TITLE;
    throw error;
  });
  if (!present.startsWith(IGNORE_TITLE)) return;
  await writeWhole(file, [IGNORE_TITLE, ...names.map((name) => `/${name}/`), ""].join("\n"));
}

/** Writes a file and the folders above it. A crash leaves the old file or the new one, never a part. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  {
    await using handle = await open(draft, "w", 0o644);
    await handle.writeFile(text);
    await handle.sync();
  }
  await rename(draft, file);
}
