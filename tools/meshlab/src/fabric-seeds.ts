import type { Endpoint } from "@florenetes/facts";
import { type MeshLink, type MeshNode, otherEnd } from "@florenetes/mesh-file";
import type { Lab } from "./lab.ts";

/** Links that an agent may make: more than any node of a lab has. */
const LINKS_MAX = 16;
const CARRIER = { carrier: "quic", priority: 0, weight: 1 };

/**
 * The places at which others reach a node whose links agents make. In namespaces it has one on each wire, which is a segment for those at its ends;
 * on loopback one for all.
 */
export function placesOf(lab: Lab, node: string): readonly Endpoint[] {
  const { address, port } = nodeOf(lab, node);
  if (address !== undefined) return [{ id: node, endpoint: `udp://${address}:${port}`, reach: "public", ...CARRIER }];
  return linksOf(lab, node).map(({ between: [a, b], tag }) => {
    const { name, ends } = lab.wire(a, b, tag);
    const own = ends[node === a ? 0 : 1].address;
    return { id: name, endpoint: `udp://${own}:${port}`, reach: "local", segment: name, ...CARRIER };
  });
}

/** The bounds that the owner of a node gives its agent: it may make links, on loopback to those nodes alone to which the lab's mesh has links. */
export function linkBounds(
  lab: Lab,
  node: string,
): { readonly "links-max": number; readonly dial?: readonly string[] } {
  const peers = linksOf(lab, node).map((link) => nodeOf(lab, otherEnd(link, node)).address);
  const dial = peers.flatMap((address) => (address === undefined ? [] : [`${address}/32`]));
  return { "links-max": LINKS_MAX, ...(dial.length > 0 && { dial }) };
}

function linksOf(lab: Lab, node: string): readonly MeshLink[] {
  return lab.mesh.links.filter(({ between }) => between.includes(node));
}

function nodeOf(lab: Lab, node: string): MeshNode {
  return lab.mesh.nodes.find(({ name }) => name === node)!;
}
