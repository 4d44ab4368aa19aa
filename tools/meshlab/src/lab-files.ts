import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import type { Lab } from "./lab.ts";

/** The nodes of a lab, in the form of a mesh file. */
export function nodesOf(lab: Lab): MeshFileInput["nodes"] {
  const nodes = lab.mesh.nodes.map(({ name, address, port, listen, portals, dirs }) => {
    const { identity, runLink, runCluster, stateLink, stateCluster } = dirs;
    const folders = {
      identity,
      "run-link": runLink,
      "run-cluster": runCluster,
      "state-link": stateLink,
      "state-cluster": stateCluster,
    };
    const others = Object.fromEntries(portals.map((portal) => [portal.name, { listen: portal.listen }]));
    const own = { ...(address !== undefined && { address }), ...(portals.length > 0 && { portals: others }) };
    return [name, { ...own, port, listen, dirs: folders }] as const;
  });
  return Object.fromEntries(nodes);
}

/** The links of a lab, in the form of a mesh file, each with the endpoint at which its originator finds the acceptor. */
export function linksOf(lab: Lab): MeshFileInput["links"] {
  return lab.mesh.links.map(({ between, originator, tag, address, port, endpoint, portal }) => ({
    between: [...between],
    originator,
    tag,
    ...(endpoint === undefined
      ? { ...(address !== undefined && { address }), ...(port !== undefined && { port }) }
      : { endpoint }),
    ...(portal !== undefined && { portal }),
  }));
}

/** The config files of a lab's node, by their paths on a real node. */
export function configPlaces(lab: Lab, node: string): Readonly<Record<string, string>> {
  return {
    "/etc/florenetes/link-flor.yaml": lab.configFile(node, "link-flor"),
    [`/etc/florenetes/${lab.mesh.cluster}/cluster-flor.yaml`]: lab.configFile(node, "cluster-flor"),
  };
}

/**
 * Gives a node of a lab its configs from a folder. The node must not run yet.
 *
 * @param file the name of cluster-flor's config in the folder
 */
export function bringConfigs(lab: Lab, node: string, folder: string, file = "cluster-flor.yaml"): void {
  copyFileSync(join(folder, file), lab.configFile(node, "cluster-flor"));
  const linkVertex = join(folder, "link-flor.yaml");
  if (existsSync(linkVertex)) copyFileSync(linkVertex, lab.configFile(node, "link-flor"));
}
