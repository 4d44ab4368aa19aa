import { Random } from "@florenetes/simkit";
import type { Fault, FaultKind, FaultTarget } from "./fault.ts";
import type { Way } from "./terrain.ts";

/** The share of faults that begin while another one goes on, if both may. */
const OVERLAP = 0.35;
/** Time between the end of all faults and the next fault. */
const PAUSE_MS = [500, 2_500] as const;
/** Time between the beginnings of two faults that overlap. */
const OVERLAP_MS = [300, 1_500] as const;

/** A draw: all of a fault but its time. */
export type Draw = Pick<Fault, "forMs" | "ways" | "isAlone" | "target">;

/** A kind of fault: how often it comes, and what it strikes. The first round has each kind once; in later rounds it comes as often as its weight says. */
interface Card {
  readonly weight: number;
  /** Times are in milliseconds, shifts of clocks in seconds. */
  readonly draw: (random: Random) => Draw;
}

export type Deck<Kind extends FaultKind> = Readonly<Record<Kind, Card>>;

/**
 * Yields faults without an end. A seed always gives the same faults, whatever the mesh makes of them. The first ones are one of each kind.
 * Two faults that go on at once never strike both disjoint paths, nor one process or link twice.
 *
 * @param kinds The kinds that this machine can make.
 */
export function* schedule<Kind extends FaultKind>(
  seed: number,
  kinds: readonly Kind[],
  deck: Deck<Kind>,
): Generator<Fault, never> {
  const random = new Random(seed);
  const later = kinds.flatMap((kind) => Array.from({ length: deck[kind].weight }, () => kind));
  let bag = shuffle(kinds, random);
  let last: Fault | undefined;
  let going: Fault[] = [];
  for (let number = 1; ; number++) {
    if (bag.length === 0) bag = shuffle(later, random);
    const kind = bag.pop()!;
    const draw = deck[kind].draw(random);
    const overlapAt = (last?.atMs ?? 0) + random.between(...OVERLAP_MS);
    const pauseMs = random.between(...PAUSE_MS);
    const wantsOverlap = random.chance(OVERLAP);
    const stillGoing = going.filter((fault) => endOf(fault) > overlapAt);
    const mayOverlap = wantsOverlap && stillGoing.length > 0 && stillGoing.every((fault) => mayGoOnAtOnce(fault, draw));
    const atMs = mayOverlap ? overlapAt : Math.max(0, ...going.map(endOf)) + pauseMs;
    const fault: Fault = { number, kind, atMs, ...draw };
    going = [...going.filter((other) => endOf(other) > atMs), fault];
    last = fault;
    yield fault;
  }
}

export function endOf({ atMs, forMs }: Pick<Fault, "atMs" | "forMs">): number {
  return atMs + forMs;
}

/** Whether two faults may go on at the same time. */
function mayGoOnAtOnce(one: Draw, other: Draw): boolean {
  if (one.isAlone || other.isAlone) return false;
  const ways = new Set<Way>([...one.ways, ...other.ways]);
  return !(ways.has("upper") && ways.has("lower")) && !areSame(one.target, other.target);
}

function areSame(one: FaultTarget, other: FaultTarget): boolean {
  if (one.on === "process" && other.on === "process") return one.node === other.node && one.process === other.process;
  if (one.on === "member" && other.on === "member") return one.member === other.member;
  if (nodesOf(one).some((node) => nodesOf(other).includes(node))) return true;
  return one.on === "link" && other.on === "link" && one.between.join() === other.between.join();
}

function nodesOf(target: FaultTarget): readonly string[] {
  if (target.on === "agents") return target.nodes;
  return "node" in target ? [target.node] : [];
}

function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  const shuffled: Item[] = [];
  while (left.length > 0) shuffled.push(...left.splice(random.below(left.length), 1));
  return shuffled;
}
