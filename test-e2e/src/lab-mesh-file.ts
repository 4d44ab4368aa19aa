/** The mesh file of a lab, as an operator has it, for commands that ask the lab's nodes. */
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  lockFileOf,
  type MeshFileInput,
  nodeSockets,
  type RandomBelow,
  renderMesh,
  writeLock,
} from "@florenetes/mesh-file";
import type { Lab, ProcessName } from "@florenetes/meshlab";

/** The programs of each node, with the names that their admin sockets have among those of the node. */
export const ADMIN_SOCKETS: readonly { readonly program: ProcessName; readonly key: "clusterAdmin" | "linkAdmin" }[] = [
  { program: "cluster-flor", key: "clusterAdmin" },
  { program: "link-flor", key: "linkAdmin" },
];

/** Draws labels in the same order each time, so that the lab, whose option `randomBelow` it is, and the mesh file have the same ones. */
export function counted(): RandomBelow {
  let drawn = 0;
  return (limit) => drawn++ % limit;
}

/** Writes the mesh of a lab with the lab's own folders and addresses, and its lock file. */
export async function writeMeshFile(lab: Lab, input: MeshFileInput, file: string): Promise<void> {
  const nodes = lab.mesh.nodes.map(({ name, address, port, listen, dirs }) => {
    const { identity, runLink, runCluster, stateLink, stateCluster } = dirs;
    const folders = {
      "run-link": runLink,
      "run-cluster": runCluster,
      "state-link": stateLink,
      "state-cluster": stateCluster,
    };
    return [name, { address, port, listen, dirs: { identity, ...folders } }] as const;
  });
  await writeFile(file, JSON.stringify({ ...input, nodes: Object.fromEntries(nodes) }));
  await writeLock(lockFileOf(file), renderMesh(lab.mesh, counted()).lock);
}

/** Names the admin sockets of all nodes `<node>-<program>.admin` in a folder. */
export async function linkAdminSockets(lab: Lab, folder: string): Promise<void> {
  for (const node of lab.mesh.nodes) {
    const sockets = nodeSockets(lab.mesh, node);
    for (const { program, key } of ADMIN_SOCKETS)
      await symlink(sockets[key], join(folder, `${node.name}-${program}.admin`));
  }
}
