import { hasLinkFlor } from "@florenetes/mesh-file";
import type { Mesh, MeshNode } from "@florenetes/mesh-file";
import { vertexCommand } from "./executables.ts";
import type { NodeProcess, VertexCommand } from "./executables.ts";
import { labError } from "./lab-error.ts";
import type { OptionsBeside } from "./lab-options.ts";

type Replacements = Pick<OptionsBeside<unknown>, "clusterVertex" | "linkVertex" | "linkVertices" | "relays">;

/** The processes of a node in a mesh. */
export function processesOf(mesh: Mesh, node: MeshNode): readonly NodeProcess[] {
  const portals = node.portals.map(({ name }): NodeProcess => `link-${name}`);
  return [...(hasLinkFlor(mesh, node) ? (["link-flor"] as const) : []), ...portals, "cluster-flor"];
}

/** The command that runs as a process of a node; `run --config FILE` is put behind it. */
export function commandOf(name: NodeProcess, options: Replacements): VertexCommand {
  if (name === "cluster-flor") return options.clusterVertex ?? vertexCommand(name);
  if (name === "link-flor") return options.linkVertex ?? vertexCommand(name);
  return options.linkVertices?.[name.slice("link-".length)] ?? vertexCommand("link-flor");
}

/** @throws OperatorError `ERR_LAB_PORTALS`, `ERR_LAB_RELAY` */
export function requirePrograms({ nodes }: Mesh, { linkVertex, linkVertices = {}, relays }: Replacements): void {
  if (relays === true && linkVertex !== undefined) {
    const message = "relays carry the links of link-flor, and another link vertex runs in its place";
    throw labError("ERR_LAB_RELAY", message, "Leave one of the two out.");
  }
  for (const { name: node, portals } of nodes) {
    const portal = portals.find(({ name, listen }) => linkVertices[name] === undefined && !listen.startsWith("udp:"));
    if (portal === undefined) continue;
    const message = `"${node}" has a portal "${portal.name}" at ${portal.listen}, which link-flor does not understand`;
    throw labError("ERR_LAB_PORTALS", message, `Say which program runs there: --link-vertex "${portal.name}=COMMAND".`);
  }
}
