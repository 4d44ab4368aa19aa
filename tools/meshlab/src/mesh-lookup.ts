import { hopOf } from "@florenetes/mesh-file";
import type { Mesh, MeshLink, RenderedMesh, RenderedNode } from "@florenetes/mesh-file";
import { suggest } from "@florenetes/config-file";
import { labError } from "./lab-error.ts";

/** @throws OperatorError `ERR_LAB_UNKNOWN` */
export function requireNode({ nodes }: RenderedMesh, node: string): RenderedNode {
  const found = nodes.find(({ name }) => name === node);
  if (found !== undefined) return found;
  const known = nodes.map(({ name }) => name);
  throw labError("ERR_LAB_UNKNOWN", `there is no node "${node}"`, suggest(node, known, ""));
}

/** @throws OperatorError `ERR_LAB_UNKNOWN` */
export function requireLink(mesh: Mesh, a: string, b: string, tag: string): MeshLink {
  const link = mesh.links.find((link) => link.between.includes(a) && link.between.includes(b) && link.tag === tag);
  if (link !== undefined) return link;
  const known = mesh.links.map((link) => `${link.between[0]} ${hopOf(link, link.between[0])}`).join(", ");
  throw labError("ERR_LAB_UNKNOWN", `there is no link between "${a}" and "${b}" with tag "${tag}"`, `Links: ${known}.`);
}
