import { hasLinkFlor, hopOf, otherEnd } from "@florenetes/mesh-file";
import type { Mesh, MeshLink } from "@florenetes/mesh-file";
import type { NodeStatus } from "./status.ts";

/** Why a mesh is not up yet. */
export interface Waiting {
  /** The nodes whose part is missing. */
  readonly nodes: readonly string[];
  /** A sentence. */
  readonly text: string;
}

/** The parts of a mesh that are not up yet. Empty: the mesh is up. */
export function findWaiting(mesh: Mesh, statuses: ReadonlyMap<string, NodeStatus>): readonly Waiting[] {
  const silent = mesh.nodes
    .filter(({ name }) => statuses.get(name)?.clusterFlor === undefined)
    .map(({ name }) => ({ nodes: [name], text: `cluster-flor of ${name} does not answer on its admin socket` }));
  const links = mesh.links.flatMap((link) => waitingForLink(mesh, statuses, link));
  const tunnels = mesh.tunnels.flatMap(({ node, listen }) => {
    const tunnel = statuses.get(node)?.clusterFlor?.tunnels.find((tunnel) => tunnel.listen === listen);
    return tunnel === undefined || tunnel.isListening
      ? []
      : [{ nodes: [node], text: `the tunnel ${listen} of ${node} does not listen: ${tunnel.text}` }];
  });
  const sessions = mesh.sessions.flatMap(({ node, listen }) => {
    const socket = statuses.get(node)?.clusterFlor?.sessions?.find((socket) => socket.listen === listen);
    return socket === undefined || socket.isListening
      ? []
      : [{ nodes: [node], text: `the socket ${listen} of ${node} does not listen` }];
  });
  return [...silent, ...links, ...tunnels, ...sessions];
}

/** The processes that do not answer on their admin sockets. Another link vertex may have none. */
export function findSilent(
  mesh: Mesh,
  statuses: ReadonlyMap<string, NodeStatus>,
  hasLinkAdmin: boolean,
): readonly string[] {
  const linkFlors = new Set(
    mesh.nodes.filter((node) => hasLinkAdmin && hasLinkFlor(mesh, node)).map(({ name }) => name),
  );
  return [...statuses].flatMap(([node, { clusterFlor, linkFlor }]) => [
    ...(clusterFlor === undefined ? [`cluster-flor of ${node}`] : []),
    ...(linkFlor === undefined && linkFlors.has(node) ? [`link-flor of ${node}`] : []),
  ]);
}

/** The number of links that are up at both ends. */
export function countUp(mesh: Mesh, statuses: ReadonlyMap<string, NodeStatus>): number {
  return mesh.links.filter((link) => waitingForLink(mesh, statuses, link).length === 0).length;
}

/** The state of one end of a link in a few words. */
function describeLinkEnd(mesh: Mesh, statuses: ReadonlyMap<string, NodeStatus>, link: MeshLink, node: string): string {
  const status = statuses.get(node);
  const cluster = status?.clusterFlor;
  if (cluster === undefined) return "cluster-flor does not answer";
  const peer = otherEnd(link, node);
  const row = cluster.links.find((row) => row.peer === peer && row.tag === link.tag);
  if (row === undefined) return "cluster-flor does not have it";
  if (row.state === "up") return "up";
  const portal = cluster.portals.find((portal) => portal.state !== "attached");
  const below = status?.linkFlor?.clusters
    .find(({ cluster }) => cluster === mesh.cluster)
    ?.links.find((below) => below.peer === peer && below.tag === link.tag);
  const reason = [row.code, row.text].filter((part) => part !== "").join(": ");
  const isSaid = portal === undefined || portal.code === row.code;
  const portalReason = isSaid ? "" : `portal ${portal.state} (${portal.code}: ${portal.text})`;
  const belowReason =
    below === undefined || below.code === "" || below.code === row.code
      ? ""
      : `link-flor: ${below.code}: ${below.text}`;
  const reasons = [reason, portalReason, belowReason].filter((part) => part !== "").join("; ");
  return reasons === "" ? row.state : `${row.state} (${reasons})`;
}

/** A link that is not up at both ends, with the ends that are not; none if it is. */
export function waitingForLink(
  mesh: Mesh,
  statuses: ReadonlyMap<string, NodeStatus>,
  link: MeshLink,
): readonly Waiting[] {
  const states = link.between.map((node) => ({ node, state: describeLinkEnd(mesh, statuses, link, node) }));
  const missing = states.filter(({ state }) => state !== "up");
  if (missing.length === 0) return [];
  const [a] = link.between;
  const said = states.map(({ node, state }) => `${node} says ${state}`).join(", ");
  return [{ nodes: missing.map(({ node }) => node), text: `the link ${a} - ${hopOf(link, a)} is not up: ${said}` }];
}
