import {
  LINK_NONE,
  LabelTable,
  LabelVerdict,
  findTableProblems,
  headerSize,
  returnWords,
  wordsOf,
  writeHeader,
  type LabelTableConfig,
} from "@florenetes/forwarding";
import { TAG_DEFAULT } from "../limits.ts";
import type { Labelled, NodeConfig } from "./node-config.ts";

/** More links than any packet crosses. */
const LINKS_MAX = 64;

const CONNECTION_ID = [1, 2] as const;

/** The end of a packet's walk, and the nodes that it has visited. */
export interface Walk {
  readonly node: string;
  /** The link over which it came to the last node; undefined: it never left the first one. */
  readonly inLink: string | undefined;
  /** `service <name>`, `connection`, or why the packet got no further. */
  readonly end: string;
  readonly nodes: ReadonlySet<string>;
}

interface Vertex {
  readonly config: NodeConfig;
  readonly table: LabelTable;
  readonly links: readonly string[];
  readonly services: readonly string[];
}

/** The nodes as vertices that pass packets to each other, by their configs alone. */
export class Network {
  readonly #vertices = new Map<string, Vertex>();

  /** Gives a node a config; undefined: the node is gone. A config whose labels make no table counts as none. */
  set(node: string, config: NodeConfig | undefined): void {
    const vertex = config && toVertex(config);
    if (vertex === undefined) this.#vertices.delete(node);
    else this.#vertices.set(node, vertex);
  }

  get(node: string): NodeConfig | undefined {
    return this.#vertices.get(node)?.config;
  }

  /** Sends a packet along a path of a node, and an answer back. Returns the first walk that fails, or that of the packet. */
  try(node: string, path: string): Walk {
    const way = this.get(node)?.paths[path];
    if (way === undefined) return { node, inLink: undefined, end: `there is no path ${path}`, nodes: new Set([node]) };
    const packet = packetOf(wordsOf(way.labels));
    const there = this.send(packet, node, way.link);
    if (!there.end.startsWith("service ")) return there;
    const back = this.send(packetOf(returnWords(packet, 0)), there.node, there.inLink);
    if (back.node === node && back.end === "connection") return there;
    return {
      ...back,
      end: `the answer does not come back: ${back.end}`,
      nodes: new Set([...there.nodes, ...back.nodes]),
    };
  }

  /** @param link The link on which it leaves `node`; undefined: it is looked up there. */
  send(packet: Uint8Array, node: string, link: string | undefined): Walk {
    const nodes = new Set([node]);
    const walk = { node, inLink: undefined as string | undefined };
    const endOf = (end: string): Walk => ({ ...walk, end, nodes });
    let outLink = link;
    for (let links = 0; links < LINKS_MAX; links++) {
      if (outLink !== undefined) {
        const problem = this.#cross(walk, outLink);
        nodes.add(walk.node);
        if (problem !== undefined) return endOf(problem);
      }
      const vertex = this.#vertices.get(walk.node);
      if (vertex === undefined) return endOf("the node is not there");
      const inLink = walk.inLink === undefined ? LINK_NONE : vertex.links.indexOf(walk.inLink);
      const verdict = vertex.table.process(packet, 0, packet.length, inLink);
      if (verdict === LabelVerdict.deliverToService) return endOf(`service ${vertex.services[vertex.table.service]}`);
      if (verdict === LabelVerdict.deliverToConnection) return endOf("connection");
      if (verdict === LabelVerdict.drop) return endOf(`label ${vertex.table.label} leads nowhere`);
      outLink = vertex.links[vertex.table.outLink]!;
    }
    return endOf("it circles");
  }

  /** Crosses a link, which both ends have to know. Returns why that is not possible. */
  #cross(walk: { node: string; inLink: string | undefined }, outLink: string): string | undefined {
    const { node } = walk;
    const link = this.get(node)?.links[outLink];
    if (link === undefined) return `there is no link ${outLink}`;
    const { peer, tag = TAG_DEFAULT, role } = link;
    const entries = Object.entries(this.get(peer)?.links ?? {});
    const other = entries.find(([, end]) => end.peer === node && (end.tag ?? TAG_DEFAULT) === tag);
    walk.node = peer;
    walk.inLink = other?.[0];
    if (other === undefined) return `it has no link to ${node}`;
    return other[1].role === role ? `both ends of the link to ${node} are its ${role}` : undefined;
  }
}

/** Whether a config is possible: its labels make a table. */
export function hasTable(config: NodeConfig): boolean {
  return findTableProblems(tableConfigOf(config)).length === 0;
}

function packetOf(words: Uint32Array): Uint8Array {
  const packet = new Uint8Array(headerSize(words.length));
  writeHeader(packet, 0, ...CONNECTION_ID, words);
  return packet;
}

function toVertex(config: NodeConfig): Vertex | undefined {
  if (!hasTable(config)) return undefined;
  const table = new LabelTable(tableConfigOf(config));
  return { config, table, links: Object.keys(config.links), services: Object.keys(config.services) };
}

function tableConfigOf(config: NodeConfig): LabelTableConfig {
  const links = Object.keys(config.links);
  const at = ({ link, label }: { readonly link: string; readonly label: number }): { link: number; label: number } => {
    return { link: links.indexOf(link), label };
  };
  return {
    links: ownersIn(config.links),
    transit: config.transit.map(([a, b]) => [links.indexOf(a), links.indexOf(b)]),
    crossConnects: config["cross-connects"].map(({ from, to }) => ({ from: at(from), to: at(to) })),
    lspEnds: config["lsp-ends"].map(at),
    services: ownersIn(config.services),
  };
}

function ownersIn(section: Readonly<Record<string, Labelled>>): LabelTableConfig["links"] {
  return Object.entries(section).map(([name, { label, "second-label": secondLabel }]) => ({
    name,
    label,
    secondLabel,
  }));
}
