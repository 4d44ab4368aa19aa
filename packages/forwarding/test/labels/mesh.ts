import type { Random } from "@florenetes/simkit";
import type { LabelTableConfig, LinkLabel, PermittedPair } from "../../src/index.ts";
import { LABEL_MAX, LABEL_MIN, LabelTable } from "../../src/index.ts";

/** A link as one of its two ends sees it. */
interface LinkEnd {
  readonly vertex: number;
  /** The index of the link at that vertex. */
  readonly link: number;
}

interface Owner {
  readonly name: string;
  readonly label: number;
  readonly secondLabel: number | undefined;
}

export interface Vertex {
  readonly links: (Owner & { readonly edge: number; readonly far: LinkEnd })[];
  readonly transit: [number, number][];
  readonly permits: PermittedPair[];
  readonly crossConnects: { readonly from: LinkLabel; readonly to: LinkLabel }[];
  readonly lspEnds: LinkLabel[];
  readonly services: Owner[];
  /** Labels in use for all links, and by link. */
  readonly everywhere: Set<number>;
  readonly byLink: Set<number>[];
}

/** A hop of a path: a link, or a whole LSP. */
export interface Hop {
  /** The out-links of the hop, each at the vertex that the one before leads to. */
  readonly links: readonly number[];
  /** The label of the LSP on its first link, if the hop is an LSP. */
  readonly lspLabel: number | undefined;
}

export interface MeshPath {
  readonly origin: number;
  readonly firstLink: number | undefined;
  readonly labels: readonly number[];
  /** The labels that the vertices themselves write in the place of `labels`. */
  readonly written: readonly number[];
  readonly service: number;
  /** The links of the path, by their number in the mesh. */
  readonly edges: readonly number[];
  /** For each hop, whether it is an LSP. */
  readonly hops: readonly boolean[];
}

/** The longest path then has 16 words and 32 links, which is all that a header and its hop limit can do. */
const HOP_COUNT_MAX = 8;
const LSP_LINKS_MAX = 4;

/** Few numbers are used, so that one number means different things at different places. */
const LABELS_MAX = 60;

/** A mesh that is made at random: parallel links, LSPs, services, and the transit that its paths need. */
export class Mesh {
  readonly vertices: Vertex[];
  readonly #random: Random;
  /** LSPs by the vertex at which they start; each LSP is in two lists, one for each direction. */
  readonly #lsps: Hop[][];

  constructor(random: Random) {
    this.#random = random;
    const count = this.#random.between(1, 6);
    this.vertices = Array.from({ length: count }, () => ({
      links: [],
      transit: [],
      permits: [],
      crossConnects: [],
      lspEnds: [],
      services: [],
      everywhere: new Set<number>(),
      byLink: [],
    }));
    this.#lsps = this.vertices.map(() => []);
    if (count > 1) {
      for (let i = this.#random.between(1, 8); i > 0; i--) this.#addLink(i);
      for (let i = this.#random.between(0, 4); i > 0; i--) this.#addLsp();
    }
  }

  tables(): LabelTable[] {
    return this.vertices.map((vertex) => new LabelTable(vertex satisfies LabelTableConfig));
  }

  /** Permits for pairs of links that the paths so far do not need, for a few shares and for none. */
  addPermits(): void {
    const random = this.#random;
    for (const { links, transit, permits } of this.vertices) {
      for (let i = random.below(2 * links.length); i > 0; i--) {
        const pair = [random.below(links.length), random.below(links.length)] as const;
        const share = random.chance(0.3) ? undefined : random.between(1, 3);
        const isPair = ([a, b]: readonly [number, number]): boolean => pair.includes(a) && pair.includes(b);
        if (transit.some(isPair) || permits.some((each) => isPair(each.pair) && each.share === share)) continue;
        permits.push({ pair, share, allowance: { classes: random.below(64), bitsPerSecond: 1_000_000 } });
      }
    }
  }

  /** A path with its service and the transit that it needs. */
  addPath(): MeshPath {
    const origin = this.#random.between(0, this.vertices.length - 1);
    const edges: number[] = [];
    const hops: boolean[] = [];
    const labels: number[] = [];
    const written: number[] = [];
    let at = origin;
    let inLink: number | undefined;
    let firstLink: number | undefined;
    const prefersLsps = this.#random.chance(0.3);
    for (let i = this.#random.between(0, HOP_COUNT_MAX); i > 0; i--) {
      const hop = this.#chooseHop(at, prefersLsps);
      if (hop === undefined) break;
      hops.push(hop.lspLabel !== undefined);
      const outLink = hop.links[0]!;
      if (inLink === undefined) {
        firstLink = outLink;
      } else {
        labels.push(this.#labelOf(this.vertices[at]!.links[outLink]!));
        written.push(this.vertices[at]!.links[outLink]!.label);
        this.vertices[at]!.transit.push(this.#random.chance(0.5) ? [inLink, outLink] : [outLink, inLink]);
      }
      if (hop.lspLabel !== undefined) for (const words of [labels, written]) words.push(hop.lspLabel);
      for (const link of hop.links) {
        const { edge, far } = this.vertices[at]!.links[link]!;
        edges.push(edge);
        at = far.vertex;
        inLink = far.link;
      }
    }
    const service = this.#addService(at);
    labels.push(this.#labelOf(this.vertices[at]!.services[service]!));
    return { origin, firstLink, labels, written, service, edges, hops };
  }

  #addLink(edge: number): void {
    const a = this.#random.between(0, this.vertices.length - 1);
    const b = (a + this.#random.between(1, this.vertices.length - 1)) % this.vertices.length;
    const ends = [a, b].map((vertex) => ({ vertex, link: this.vertices[vertex]!.links.length }));
    for (const [i, end] of ends.entries()) {
      const vertex = this.vertices[end.vertex]!;
      vertex.byLink.push(new Set());
      vertex.links.push({ ...this.#newOwner(vertex, `l${end.link}`), edge, far: ends[1 - i]! });
    }
  }

  /** A random walk with a label on each of its links, which may pass a vertex or a link more than once. */
  #addLsp(): void {
    const head = this.#random.between(0, this.vertices.length - 1);
    if (this.vertices[head]!.links.length === 0) return;
    const forth: number[] = [];
    const back: number[] = [];
    let before: LinkLabel | undefined;
    let at = head;
    let firstLabel = 0;
    for (let i = this.#random.between(1, LSP_LINKS_MAX); i > 0; i--) {
      const link = this.#random.between(0, this.vertices[at]!.links.length - 1);
      const { far } = this.vertices[at]!.links[link]!;
      const label = this.#unused((number) =>
        [{ vertex: at, link }, far].every((end) => isFree(this.vertices[end.vertex]!, number, end.link)),
      );
      this.vertices[at]!.byLink[link]!.add(label);
      this.vertices[far.vertex]!.byLink[far.link]!.add(label);
      if (before === undefined) {
        this.vertices[at]!.lspEnds.push({ link, label });
        firstLabel = label;
      } else {
        const ends = [before, { link, label }] as const;
        const isForward = this.#random.chance(0.5);
        this.vertices[at]!.crossConnects.push({ from: ends[isForward ? 0 : 1], to: ends[isForward ? 1 : 0] });
      }
      forth.push(link);
      back.unshift(far.link);
      before = { link: far.link, label };
      at = far.vertex;
    }
    this.vertices[at]!.lspEnds.push(before!);
    this.#lsps[head]!.push({ links: forth, lspLabel: firstLabel });
    this.#lsps[at]!.push({ links: back, lspLabel: before!.label });
  }

  #addService(at: number): number {
    const vertex = this.vertices[at]!;
    vertex.services.push(this.#newOwner(vertex, `s${vertex.services.length}`));
    return vertex.services.length - 1;
  }

  #newOwner(vertex: Vertex, name: string): Owner {
    const newLabel = (): number => {
      const label = this.#unused((number) => isFree(vertex, number));
      vertex.everywhere.add(label);
      return label;
    };
    return { name, label: newLabel(), secondLabel: this.#random.chance(0.3) ? newLabel() : undefined };
  }

  /** A label that leads to the owner. */
  #labelOf({ label, secondLabel = label }: Owner): number {
    return this.#random.chance(0.5) ? label : secondLabel;
  }

  #chooseHop(at: number, prefersLsps: boolean): Hop | undefined {
    const direct = this.vertices[at]!.links.map((_, link): Hop => ({ links: [link], lspLabel: undefined }));
    const lsps = this.#lsps[at]!;
    const hops = prefersLsps && lsps.length > 0 ? lsps : [...direct, ...lsps];
    return hops[this.#random.between(0, Math.max(0, hops.length - 1))];
  }

  #unused(isUnused: (number: number) => boolean): number {
    const offset = this.#random.below(LABELS_MAX);
    let number = this.#random.chance(0.1) ? LABEL_MAX - offset : LABEL_MIN + offset;
    while (!isUnused(number)) number = number === LABEL_MAX ? LABEL_MIN : number + 1;
    return number;
  }
}

function isFree(vertex: Vertex, number: number, link?: number): boolean {
  if (vertex.everywhere.has(number)) return false;
  return link === undefined ? vertex.byLink.every((set) => !set.has(number)) : !vertex.byLink[link]!.has(number);
}
