/** The load of nodes, as they tell it, with its last ten minutes. Rates follow from two answers of a process. Holds figures of the nodes and links of the mesh file alone. Pure. */
import { TrendLine } from "@florenetes/console";
import type { CauseCounts, ClusterLoad, LinkLoad } from "../mesh-status/node-load.ts";
import type { ClusterFacts, LinkFacts, NodeAnswer, ProgramAnswer } from "../mesh-status/node-facts.ts";
import { checkedAnswer, type ExpectedMesh } from "../mesh-status/mesh-picture.ts";
import { isTold } from "../mesh-status/node-rows.ts";

/** A figure as the last answer has it, and its trend. */
export class Figure {
  readonly line: TrendLine = new TrendLine();
  /** Null: it is not known. */
  value: number | null = null;
  /** The cause that most of it has; "": none. */
  cause = "";

  put(value: number | null, now: number, cause = ""): void {
    this.value = value;
    this.cause = cause;
    if (value !== null) this.line.put(value, now);
  }
}

/** The figures of one end of a link. */
export class LinkFigures {
  readonly out: Figure = new Figure();
  readonly in: Figure = new Figure();
  readonly queue: Figure = new Figure();
  /** Packets a second. */
  readonly dropped: Figure = new Figure();
}

/** The last answer of a program. */
interface Last<Facts> {
  readonly answer: ProgramAnswer<Facts>;
  readonly at: number;
}

export class NodeFigures {
  readonly open: Figure = new Figure();
  /** A second. */
  readonly begun: Figure = new Figure();
  readonly refused: Figure = new Figure();
  /** Packets a second. */
  readonly clusterDrops: Figure = new Figure();
  readonly linkDrops: Figure = new Figure();
  /** In percent. */
  readonly clusterPressure: Figure = new Figure();
  readonly linkPressure: Figure = new Figure();
  readonly links: ReadonlyMap<string, LinkFigures>;
  #cluster: Last<ClusterFacts> | undefined;
  #link: Last<LinkFacts> | undefined;

  /** @param links names of the node's links */
  constructor(links: Iterable<string>) {
    this.links = new Map([...links].map((name) => [name, new LinkFigures()]));
  }

  get clusterFlor(): ProgramAnswer<ClusterFacts> {
    return this.#cluster?.answer;
  }

  get linkFlor(): ProgramAnswer<LinkFacts> {
    return this.#link?.answer;
  }

  handleAnswer({ clusterFlor, linkFlor }: NodeAnswer, now: number): void {
    // The former answer of a node counts while it is asked anew, and says nothing further.
    if (clusterFlor !== this.#cluster?.answer) this.#handleCluster({ answer: clusterFlor, at: now });
    if (linkFlor !== this.#link?.answer) this.#handleLink({ answer: linkFlor, at: now });
  }

  #handleCluster(last: Last<ClusterFacts>): void {
    const { answer, at } = last;
    const load = loadOf(answer);
    const former = sameLife(this.#cluster, last);
    const before = loadOf(former?.answer);
    const seconds = secondsBetween(former, at);
    this.open.put(load?.streams.open ?? null, at);
    this.begun.put(rateOf(before?.streams.total, load?.streams.total, seconds), at);
    putCauses(this.refused, [before?.streams.refused, load?.streams.refused], seconds, at);
    putCauses(this.clusterDrops, [before?.drops, load?.drops], seconds, at);
    this.clusterPressure.put(load?.pressure.score ?? null, at);
    for (const [name, figures] of this.links) putLink(figures, [linkOf(before, name), linkOf(load, name)], seconds, at);
    this.#cluster = last;
  }

  #handleLink(last: Last<LinkFacts>): void {
    const { answer, at } = last;
    const load = loadOf(answer);
    const former = sameLife(this.#link, last);
    putCauses(this.linkDrops, [loadOf(former?.answer)?.drops, load?.drops], secondsBetween(former, at), at);
    this.linkPressure.put(load?.pressure.score ?? null, at);
    this.#link = last;
  }
}

/** Figures of all nodes of a mesh, by their names, in the order of the mesh file. */
export class MeshFigures {
  readonly nodes: ReadonlyMap<string, NodeFigures>;

  readonly #cluster: string;

  constructor({ mesh, configs }: Pick<ExpectedMesh, "mesh" | "configs">) {
    this.#cluster = mesh.cluster;
    this.nodes = new Map(mesh.nodes.map(({ name }) => [name, new NodeFigures(Object.keys(configs.get(name)!.links))]));
  }

  /** @param now monotonic milliseconds */
  handleAnswers(answers: ReadonlyMap<string, NodeAnswer>, now: number): void {
    for (const [node, figures] of this.nodes)
      figures.handleAnswer(checkedAnswer(this.#cluster, node, answers.get(node)), now);
  }
}

function loadOf<Load>(answer: ProgramAnswer<{ readonly load: Load | null }>): Load | undefined {
  return isTold(answer) ? (answer.status.load ?? undefined) : undefined;
}

function linkOf(load: ClusterLoad | undefined, name: string): LinkLoad | undefined {
  return load?.links.get(name);
}

/** The former answer, where the same process has given it: another one counts from 0 again. */
function sameLife<Facts extends { readonly startedAt: string }>(
  former: Last<Facts> | undefined,
  { answer }: Last<Facts>,
): Last<Facts> | undefined {
  const before = former?.answer;
  return isTold(before) && isTold(answer) && before.status.startedAt === answer.status.startedAt ? former : undefined;
}

function secondsBetween(former: Last<unknown> | undefined, at: number): number {
  return former === undefined ? 0 : (at - former.at) / 1_000;
}

/** Null: it is not known, or the counter has begun anew. */
function rateOf(before: number | undefined, now: number | undefined, seconds: number): number | null {
  if (before === undefined || now === undefined || seconds <= 0 || now < before) return null;
  return (now - before) / seconds;
}

/** The rate of all causes together, and the cause that has grown most. */
function putCauses(
  figure: Figure,
  [before, now]: readonly [CauseCounts | undefined, CauseCounts | undefined],
  seconds: number,
  at: number,
): void {
  if (before === undefined || now === undefined || seconds <= 0) return figure.put(null, at);
  let [sum, most, cause] = [0, 0, ""];
  for (const [name, count] of now) {
    const grown = Math.max(0, count - (before.get(name) ?? 0));
    sum += grown;
    if (grown > most) [most, cause] = [grown, name];
  }
  figure.put(sum / seconds, at, cause);
}

function putLink(
  figures: LinkFigures,
  [before, now]: readonly [LinkLoad | undefined, LinkLoad | undefined],
  seconds: number,
  at: number,
): void {
  figures.out.put(now?.sentBitsPerSecond ?? null, at);
  figures.in.put(now?.receivedBitsPerSecond ?? null, at);
  figures.queue.put(now?.queue ?? null, at);
  figures.dropped.put(rateOf(before?.dropped, now?.dropped, seconds), at);
}
