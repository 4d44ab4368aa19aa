import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import type { Lab } from "@florenetes/meshlab";

/** The nodes of a lab as a mesh file has them. */
export function nodesOf(lab: Lab): MeshFileInput["nodes"] {
  const nodes = lab.mesh.nodes.map(({ name, address, port, listen, dirs }) => {
    const { identity, runLink, runCluster, stateLink, stateCluster } = dirs;
    const folders = {
      identity,
      "run-link": runLink,
      "run-cluster": runCluster,
      "state-link": stateLink,
      "state-cluster": stateCluster,
    };
    return [name, { ...(address !== undefined && { address }), port, listen, dirs: folders }] as const;
  });
  return Object.fromEntries(nodes);
}

/** The config files of a lab's node, by the paths at which a real one has them. */
export function configPlaces(lab: Lab, node: string): Readonly<Record<string, string>> {
  return {
    "/etc/florenetes/link-flor.yaml": lab.configFile(node, "link-flor"),
    [`/etc/florenetes/${lab.mesh.cluster}/cluster-flor.yaml`]: lab.configFile(node, "cluster-flor"),
  };
}

/**
 * Gives a node of a lab the configs of a folder. It must not run yet.
 *
 * @param file The name that its cluster-flor's config has there
 */
export function bringConfigs(lab: Lab, node: string, folder: string, file = "cluster-flor.yaml"): void {
  copyFileSync(join(folder, "link-flor.yaml"), lab.configFile(node, "link-flor"));
  copyFileSync(join(folder, file), lab.configFile(node, "cluster-flor"));
}
