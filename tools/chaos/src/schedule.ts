import { Random } from "@florenetes/simkit";
import { FAULT_KINDS, type Fault, type FaultKind, type FaultTarget, type Harm } from "./fault.ts";
import {
  BETWEEN,
  ENDS,
  LINKS,
  type LinkTarget,
  type ProcessTarget,
  type Way,
  WITH_CLOCK,
  WITH_STATE,
} from "./terrain.ts";

/** The first round has each kind once. In later rounds a kind comes as often as its weight says. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  kill: 4,
  "kill-end": 1,
  stop: 3,
  cut: 4,
  outage: 1,
  rebind: 2,
  impair: 2,
  reload: 2,
  change: 1,
  apply: 1,
  list: 2,
  disk: 1,
  clock: 1,
};

/** The share of faults that begin while another one goes on, if both may. */
const OVERLAP = 0.35;
/** Time between the end of all faults and the next fault. */
const PAUSE_MS = [500, 2_500] as const;
/** Time between the beginnings of two faults that overlap. */
const OVERLAP_MS = [300, 1_500] as const;

/** A draw: all of a fault but its time. */
type Draw = Pick<Fault, "forMs" | "ways" | "isAlone" | "target">;

/**
 * Yields faults without an end. A seed always gives the same faults, whatever the mesh makes of them. The first ones are one of each kind.
 * Two faults that go on at once never strike both disjoint paths, nor one process or link twice.
 *
 * @param kinds The kinds that this machine can make.
 */
export function* schedule(seed: number, kinds: readonly FaultKind[] = FAULT_KINDS): Generator<Fault, never> {
  const random = new Random(seed);
  const later = kinds.flatMap((kind) => Array.from({ length: WEIGHTS[kind] }, () => kind));
  let bag = shuffle(kinds, random);
  let last: Fault | undefined;
  let going: Fault[] = [];
  for (let number = 1; ; number++) {
    if (bag.length === 0) bag = shuffle(later, random);
    const kind = bag.pop()!;
    const draw = DRAWS[kind](random);
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
  return one.on === "link" && other.on === "link" && one.between.join() === other.between.join();
}

const WITH_RELAY = LINKS.filter(({ hasRelay }) => hasRelay);
const ALL_PROCESSES = [...BETWEEN, ...ENDS];
const CLOCK_SHIFTS = [-120, -30, 45, 600, 3_000];

/** Draws a fault of each kind. Times are in milliseconds, shifts of clocks in seconds. */
const DRAWS: Readonly<Record<FaultKind, (random: Random) => Draw>> = {
  kill: (random) => ofProcess(random.pick(BETWEEN), random.between(0, 3_000)),
  "kill-end": (random) => ofProcess(random.pick(ENDS), random.between(0, 3_000)),
  stop: (random) => ofProcess(random.pick(ALL_PROCESSES), random.between(300, 6_000)),
  cut: (random) => ofLink(random.pick(LINKS), random.between(300, 8_000)),
  outage: (random) => {
    const { node, ways } = random.pick(ENDS);
    return { forMs: random.between(2_000, 20_000), ways, isAlone: true, target: { on: "node", node } };
  },
  rebind: (random) => ofLink(random.pick(WITH_RELAY), 0),
  impair: (random) => {
    const harm = {
      delayMs: random.between(0, 60),
      jitterMs: random.between(0, 10),
      loss: random.between(0, 30) / 1000,
      rateMbit: random.between(5, 50),
    };
    return ofLink(random.pick(WITH_RELAY), random.between(2_000, 6_000), harm);
  },
  reload: (random) => ofProcess(random.pick(ALL_PROCESSES), 0),
  change: (random) => ofProcess(ENDS[0]!, random.between(1_000, 3_000)),
  apply: () => ({ forMs: 0, ways: [], isAlone: true, target: { on: "mesh" } }),
  list: () => ({ forMs: 0, ways: [], isAlone: false, target: { on: "mesh" } }),
  disk: (random) => ofProcess(random.pick(WITH_STATE), random.between(2_000, 4_000)),
  clock: (random) => ofProcess(random.pick(WITH_CLOCK), random.between(2_000, 4_000), random.pick(CLOCK_SHIFTS)),
};

/** A fault of an end's cluster-flor goes on alone, since both paths end there. */
function ofProcess({ node, process, ways }: ProcessTarget, forMs: number, shift?: number): Draw {
  const isAlone = ENDS.some((end) => end.node === node && end.process === process);
  return { forMs, ways, isAlone, target: { on: "process", node, process, ...(shift !== undefined && { shift }) } };
}

function ofLink({ between, ways }: LinkTarget, forMs: number, harm?: Harm): Draw {
  return { forMs, ways, isAlone: false, target: { on: "link", between, ...(harm !== undefined && { harm }) } };
}

function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  const shuffled: Item[] = [];
  while (left.length > 0) shuffled.push(...left.splice(random.below(left.length), 1));
  return shuffled;
}
