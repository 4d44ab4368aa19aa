import { join } from "node:path";
import { LINK_FLOR_FILE, linkFileOf, writeWhole } from "@florenetes/mesh-file";
import type { RenderedNode } from "@florenetes/mesh-file";

/** A node that is new to a cluster. */
export interface NewNode {
  readonly node: string;
  readonly cluster: string;
  /** The config of link-flor; undefined: the node's link-flor runs already, for another cluster. */
  readonly linkFlor: string | undefined;
  /** Configs of the link vertices of other portals, by portal. */
  readonly linkVertices: ReadonlyMap<string, string>;
  readonly clusterFlor: string;
  /** The config of its agent; undefined: it runs none. */
  readonly fabricFlor: string | undefined;
  readonly identities: RenderedNode["identities"];
}

/** Writes the config files of a new node into a folder. */
export async function writeNewNode(
  { linkFlor, linkVertices, clusterFlor, fabricFlor }: NewNode,
  folder: string,
): Promise<void> {
  if (linkFlor !== undefined) await writeWhole(join(folder, LINK_FLOR_FILE), linkFlor);
  for (const [portal, text] of linkVertices) await writeWhole(join(folder, linkFileOf(portal)), text);
  await writeWhole(join(folder, "cluster-flor.yaml"), clusterFlor);
  if (fabricFlor !== undefined) await writeWhole(join(folder, "fabric-flor.yaml"), fabricFlor);
}

/**
 * Lines about all that a new node needs before its step.
 *
 * @param folder the folder to which its config files were written
 * @param configs the folder of configs on nodes
 */
export function newNodeLines(newNode: NewNode, folder: string, configs: string): string[] {
  const { node, cluster, linkFlor, linkVertices, fabricFlor, identities } = newNode;
  const ofLinks = [...(linkFlor === undefined ? [] : [LINK_FLOR_FILE]), ...[...linkVertices.keys()].map(linkFileOf)];
  const ofAgent = fabricFlor === undefined ? [] : [`${cluster}/fabric-flor.yaml`];
  const files = [...ofLinks, `${cluster}/cluster-flor.yaml`, ...ofAgent];
  const units = [
    ...(linkFlor === undefined ? [] : ["link-flor"]),
    `cluster-flor@${cluster}`,
    ...(fabricFlor === undefined ? [] : [`fabric-flor@${cluster}`]),
  ];
  return [
    `${node} is new to ${cluster}. What it needs before its step:`,
    ...identities.map(identityLine),
    ...files.map((file) => `  ${join(folder, file.split("/").at(-1)!)}, as ${configs}/${file}`),
    ...[...linkVertices.keys()].map((portal) => `  its link vertex of portal ${portal}, started`),
    `  systemctl enable --now ${units.join(" ")}`,
  ];
}

/** A line about an identity that a node needs, and its place. */
export function identityLine({ principal, folder }: RenderedNode["identities"][number]): string {
  return `  the identity ${principal}, in ${folder}`;
}
