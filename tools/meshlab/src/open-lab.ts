import { mkdir } from "node:fs/promises";
import { createCa } from "@florenetes/identity";
import type { PrincipalKind } from "@florenetes/identity";
import { parseMeshObject, readMesh, renderMesh, requireRenderable, writeRendered } from "@florenetes/mesh-file";
import type { Mesh, MeshDocument, MeshFileInput, RenderedMesh } from "@florenetes/mesh-file";
import { endKeeper, startKeeper } from "./keeper.ts";
import { Lab } from "./lab.ts";
import type { LabOptions } from "./lab.ts";
import { createLabFolder, writeLabState } from "./lab-state.ts";
import { createNamespaces, requireRoot } from "./namespaces.ts";
import { nodeFolder, placeInNamespaces, placeOnLoopback, placeRelays } from "./placement.ts";
import { markOf } from "./procfs.ts";
import type { ProcessMark } from "./procfs.ts";
import { sweepDeadLabs, sweepLab } from "./sweep.ts";

let labCount = 0;

/**
 * Prepares a mesh on this machine: folders, identities, config files and, in mode `netns`, namespaces. Nothing runs before
 * `up`. Labs whose owner died are removed first.
 *
 * @param source path of a mesh file, or its content as an object
 * @throws OperatorError `ERR_CONFIG_…` and `ERR_MESH_…` for the mesh file, `ERR_LAB_…`
 */
export async function openLab(source: string | MeshFileInput, options: LabOptions = {}): Promise<Lab> {
  const mode = options.mode ?? "loopback";
  if (mode === "netns") requireRoot();
  const document = typeof source === "string" ? await readMesh(source) : parseMeshObject(source);
  await sweepDeadLabs();
  const folder = await createLabFolder();
  const meshFile = typeof source === "string" ? source : "";
  const state = { version: 1, owner: markOf(process.pid), meshFile, cluster: document.mesh.cluster, mode } as const;
  let keeper: ProcessMark | undefined;
  try {
    keeper = startKeeper(folder);
    const prefix = `flor-${process.pid}-${++labCount}`;
    const direct =
      mode === "netns"
        ? placeInNamespaces(document.mesh, folder, prefix)
        : await placeOnLoopback(document.mesh, folder);
    const placed = options.relays === true ? await placeRelays(direct) : direct;
    requireRenderable(withMesh(document, placed.mesh));
    // Written before anything is made, so that a crash in between leaves nothing that nobody knows of.
    await writeLabState(folder, { ...state, namespaces: Object.fromEntries(placed.namespaces), keeper });
    const rendered = renderMesh(placed.mesh);
    await writeNodes(folder, placed.mesh, rendered);
    issueIdentities(folder, placed.mesh, rendered);
    if (mode === "netns") await createNamespaces([...placed.namespaces.values()], [...placed.wires.values()]);
    return new Lab(folder, mode, placed, rendered, keeper, options);
  } catch (error) {
    await sweepLab(folder).catch(() => {});
    if (keeper !== undefined) endKeeper(keeper);
    throw error;
  }
}

function withMesh(document: MeshDocument, mesh: Mesh): MeshDocument {
  return { mesh, document: document.document };
}

async function writeNodes(folder: string, mesh: Mesh, rendered: RenderedMesh): Promise<void> {
  for (const node of mesh.nodes) {
    for (const dir of Object.values(node.dirs)) await mkdir(dir, { recursive: true, mode: 0o750 });
  }
  const nodes = rendered.nodes.map((node) => ({ ...node, name: nodeFolder("", mesh, node.name).slice(1) }));
  await writeRendered(folder, { ...rendered, nodes });
}

/** A CA for this lab alone, and all identities that its nodes' configs name. */
function issueIdentities(folder: string, mesh: Mesh, rendered: RenderedMesh): void {
  const ca = createCa(`${folder}/ca`, { cluster: mesh.cluster });
  for (const { identities } of rendered.nodes) {
    for (const { principal, folder } of identities) {
      const [kind, name = ""] = principal.split("/");
      ca.issueInto(folder, { kind: kind as PrincipalKind, name });
    }
  }
}
