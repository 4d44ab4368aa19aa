import { suggest } from "@florenetes/config-file";
import { PROBLEMS_TOLD_MAX } from "@florenetes/operator-text";
import { TAG_DEFAULT } from "./limits.ts";
import { boundedName } from "./names.ts";
import type { Mesh, MeshLink, MeshLsp, MeshNode } from "./mesh.ts";

/** The names of a mesh, for lookups. The first of two entries with the same name counts. */
export class Topology {
  readonly mesh: Mesh;
  readonly #nodes = new Map<string, MeshNode>();
  readonly #lsps = new Map<string, MeshLsp>();
  readonly #links = new Map<string, MeshLink>();
  readonly #neighbours = new Map<string, Map<string, MeshLink[]>>();
  #suggestions = 0;

  constructor(mesh: Mesh) {
    this.mesh = mesh;
    for (const node of mesh.nodes) setOnce(this.#nodes, node.name, node);
    for (const lsp of mesh.lsps) setOnce(this.#lsps, lsp.name, lsp);
    for (const link of mesh.links) {
      setOnce(this.#links, linkKey(link), link);
      const [a, b] = link.between;
      this.#addNeighbour(a, b, link);
      if (a !== b) this.#addNeighbour(b, a, link);
    }
  }

  hasNode(name: string): boolean {
    return this.#nodes.has(name);
  }

  node(name: string): MeshNode | undefined {
    return this.#nodes.get(name);
  }

  lsp(name: string): MeshLsp | undefined {
    return this.#lsps.get(name);
  }

  link(from: string, to: string, tag: string): MeshLink | undefined {
    return this.#links.get(pairKey(from, to, tag));
  }

  /** All links between two nodes. */
  linksBetween(from: string, to: string): readonly MeshLink[] {
    return this.#neighbours.get(from)?.get(to) ?? [];
  }

  /** The nodes to which a node has a link. */
  neighbours(name: string): readonly string[] {
    return [...(this.#neighbours.get(name)?.keys() ?? [])];
  }

  /** Proposes a known name for an unknown one. A search compares all names, so there are only as many as problems are told. */
  suggest(word: string, known: () => readonly string[], none: string): string {
    return this.#suggestions++ < PROBLEMS_TOLD_MAX ? suggest(word, known(), none) : none;
  }

  #addNeighbour(from: string, to: string, link: MeshLink): void {
    let neighbours = this.#neighbours.get(from);
    if (neighbours === undefined) this.#neighbours.set(from, (neighbours = new Map()));
    const parallel = neighbours.get(to);
    if (parallel === undefined) neighbours.set(to, [link]);
    else parallel.push(link);
  }
}

/** Returns the same key for a link from either end. Names hold no space. */
export function linkKey(link: Pick<MeshLink, "between" | "tag">): string {
  return pairKey(link.between[0], link.between[1], link.tag);
}

/** The other end of a link. */
export function otherEnd(link: MeshLink, node: string): string {
  return link.between[0] === node ? link.between[1] : link.between[0];
}

/** A link as a hop of one of its ends: the neighbour, and the tag where it is not the default. */
export function hopOf(link: MeshLink, node: string): string {
  const peer = otherEnd(link, node);
  return link.tag === TAG_DEFAULT ? peer : `${peer}/${link.tag}`;
}

/** The name of a link in the config of one of its ends. */
export function localLinkName(link: MeshLink, node: string): string {
  return boundedName(hopOf(link, node).replace("/", "."));
}

/** Splits a hop such as `c` or `c/1` into the neighbour and the tag. */
export function parseHop(hop: string): { readonly node: string; readonly tag: string } {
  const slash = hop.indexOf("/");
  if (slash < 0) return { node: hop, tag: TAG_DEFAULT };
  return { node: hop.slice(0, slash), tag: hop.slice(slash + 1) };
}

function pairKey(a: string, b: string, tag: string): string {
  return a < b ? `${a} ${b}/${tag}` : `${b} ${a}/${tag}`;
}

function setOnce<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}
