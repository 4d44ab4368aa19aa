import { randomInt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { createCa } from "@florenetes/identity/authority";
import { parseMeshObject, readMesh, renderMeshes, requireRenderable, writeRendered } from "@florenetes/mesh-file";
import type { Mesh, MeshDocument, MeshFileInput, RenderedMesh } from "@florenetes/mesh-file";
import { endKeeper, startKeeper } from "./keeper.ts";
import { Lab } from "./lab.ts";
import { LAB_ERRORS, labError } from "./lab-error.ts";
import type { OptionsBeside } from "./lab-options.ts";
import { issueIdentities } from "./lab-identities.ts";
import { createLabFolder, writeLabState } from "./lab-state.ts";
import { createNamespaces, requireRoot } from "./namespaces.ts";
import type { Wire } from "./namespaces.ts";
import { requirePrograms } from "./lab-vertices.ts";
import { NO_NEIGHBOURS, nodeFolder, placeInNamespaces, placeOnLoopback, placeRelays } from "./placement.ts";
import type { Neighbourhood, PlacedMesh } from "./placement.ts";
import { PortClaims } from "./port-claims.ts";
import { markOf } from "./procfs.ts";
import type { ProcessMark } from "./procfs.ts";
import { sweepDeadLabs, sweepLab } from "./sweep.ts";

let labCount = 0;

/** A lab may show a mesh with this error: a tunnel that its service refuses. */
const SHOWN = "ERR_MESH_NOT_ALLOWED";

export type LabOptions = OptionsBeside<Lab>;

/**
 * Prepares a mesh on this machine: folders, identities, config files and, in mode `netns`, namespaces. Nothing runs before
 * `up`. Labs whose owner died are removed first.
 *
 * With `beside`, nodes that the other lab has, too, are the same machines. For each portal they have one link vertex for both clusters, which
 * is the other lab's.
 *
 * @param source path of a mesh file, or its content as an object
 * @throws OperatorError `ERR_CONFIG_…` and `ERR_MESH_…` for the mesh file, `ERR_LAB_…`
 */
export async function openLab(source: string | MeshFileInput, options: LabOptions = {}): Promise<Lab> {
  const { beside } = options;
  beside?.requireNoNeighbour();
  const mode = beside?.mode ?? options.mode ?? "loopback";
  if (mode === "netns") requireRoot();
  const document = typeof source === "string" ? await readMesh(source) : parseMeshObject(source);
  requirePrograms(document.mesh, options);
  if (document.mesh.fabric !== undefined) {
    throw labError("ERR_LAB_AGENTS", "the mesh file has agents", LAB_ERRORS.ERR_LAB_AGENTS.advice);
  }
  await sweepDeadLabs();
  const folder = await createLabFolder();
  const meshFile = typeof source === "string" ? source : "";
  const state = { version: 1, owner: markOf(process.pid), meshFile, cluster: document.mesh.cluster, mode } as const;
  const ports = new PortClaims();
  let keeper: ProcessMark | undefined;
  try {
    keeper = startKeeper(folder);
    const prefix = `flor-${process.pid}-${++labCount}`;
    const there = beside?.neighbourhood ?? NO_NEIGHBOURS;
    const direct =
      mode === "netns"
        ? placeInNamespaces(document.mesh, folder, prefix, there, ports)
        : await placeOnLoopback(document.mesh, folder, there, ports);
    const placed = options.relays === true ? await placeRelays(direct, there) : direct;
    const documents = [...(beside?.documents ?? []), withMesh(document, placed.mesh)];
    requireRenderable(documents, [SHOWN]);
    const borrowed = [...there.namespaces.values()];
    // The state is written before anything is made, so that a crash in between leaves nothing unknown.
    await writeLabState(folder, { ...state, namespaces: Object.fromEntries(placed.namespaces), borrowed, keeper });
    const rendered = renderMeshes(
      documents.map(({ mesh }) => mesh),
      options.randomBelow ?? randomInt,
    ).at(-1)!;
    await writeNodes(folder, placed.mesh, rendered);
    issueIdentities(createCa(`${folder}/ca`, { cluster: placed.mesh.cluster }).folder, rendered);
    if (mode === "netns") await createNamespaces(...newPlaces(placed, there));
    const lab = new Lab(folder, placed, rendered, documents, keeper, { ...options, mode });
    await lab.shareLinkVertices();
    return lab;
  } catch (error) {
    await sweepLab(folder).catch(() => {});
    ports[Symbol.dispose]();
    if (keeper !== undefined) endKeeper(keeper);
    throw error;
  }
}

/** Namespaces and wires that are not there yet. */
function newPlaces({ namespaces, wires }: PlacedMesh, there: Neighbourhood): [readonly string[], readonly Wire[]] {
  const known = new Set<string | Wire>([...there.namespaces.values(), ...there.wires.values()]);
  return [
    [...namespaces.values()].filter((namespace) => !known.has(namespace)),
    [...wires.values()].filter((wire) => !known.has(wire)),
  ];
}

function withMesh(document: MeshDocument, mesh: Mesh): MeshDocument {
  return { mesh, document: document.document };
}

async function writeNodes(folder: string, mesh: Mesh, rendered: RenderedMesh): Promise<void> {
  for (const node of mesh.nodes) {
    const { runLink, stateLink } = node.dirs;
    const ofPortals = node.portals.flatMap(({ name }) => [`${runLink}-${name}`, `${stateLink}-${name}`]);
    for (const dir of [...Object.values(node.dirs), ...ofPortals]) await mkdir(dir, { recursive: true, mode: 0o750 });
  }
  const nodes = rendered.nodes.map((node) => ({ ...node, name: nodeFolder("", mesh, node.name).slice(1) }));
  await writeRendered(folder, { ...rendered, nodes });
}
