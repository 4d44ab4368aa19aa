import type { Ground } from "./ground.ts";

/** Mesh packets that a node has sent to a neighbour. @throws Error when the node does not answer */
export async function linkPackets(ground: Ground, node: string, peer: string): Promise<number> {
  const { clusterFlor } = await ground.lab.status(node);
  const link = clusterFlor?.links.find((each) => each.peer === peer);
  if (link === undefined) throw new Error(`${node} says nothing of its link to ${peer}`);
  return link["packetsSent"] as number;
}
