import type { Random } from "@florenetes/simkit";

/** The part of one end of a workload's connection. */
export interface Part {
  /** Bytes that it sends. */
  readonly bytes: number;
  /** It ends only after the other end has. */
  readonly endsLast: boolean;
  /** After so many bytes it takes none for a while. */
  readonly pausesAt: number;
  readonly pauseMs: number;
  /** After so many bytes it resets the connection. */
  readonly resetsAt: number;
}

/** A workload's connection as its ends mean it to be. */
export interface Talk {
  readonly client: Part;
  readonly service: Part;
}

/** More than the window of a stream and two full sockets hold: who does not read holds back who sends. */
const bulkMin = 420_000;
const bulkMax = 600_000;
const someMax = 60_000;
const fewMax = 3_000;
const pauseMsMax = 6_000;

function partOf(part: Partial<Part>): Part {
  return { bytes: 0, endsLast: false, pausesAt: Infinity, pauseMs: 0, resetsAt: Infinity, ...part };
}

/** A question and an answer. */
export function shortTalk(random: Random): Talk {
  return {
    client: partOf({ bytes: random.below(fewMax), endsLast: random.chance(0.2) }),
    service: partOf({ bytes: random.below(fewMax) }),
  };
}

/** Much in both directions at once, as far as the links carry it. */
function bulkTalk(random: Random): Talk {
  return {
    client: partOf({ bytes: random.between(bulkMin, bulkMax) }),
    service: partOf({ bytes: random.between(bulkMin, bulkMax) }),
  };
}

/** One end ends while the other has much to say still. */
function halfClosedTalk(random: Random): Talk {
  const first = partOf({ bytes: random.below(100) });
  const last = partOf({ bytes: random.below(someMax), endsLast: true });
  return random.chance(0.5) ? { client: first, service: last } : { client: last, service: first };
}

/** One end does not read for a while. */
function pausedTalk(random: Random): Talk {
  const slow = partOf({ pausesAt: random.below(someMax), pauseMs: random.below(pauseMsMax) });
  const bulk = partOf({ bytes: random.between(bulkMin, bulkMax) });
  return random.chance(0.5) ? { client: slow, service: bulk } : { client: bulk, service: slow };
}

/** One end resets the connection, before anything has come or in the middle. */
function resetTalk(random: Random): Talk {
  const fickle = partOf({ bytes: random.below(fewMax), resetsAt: random.chance(0.2) ? 0 : random.below(someMax) });
  const patient = partOf({ bytes: someMax });
  return random.chance(0.5) ? { client: fickle, service: patient } : { client: patient, service: fickle };
}

/** Most talks are cheap: a seed is to take a tenth of a second. */
const kinds = [...Array<typeof shortTalk>(8).fill(shortTalk), halfClosedTalk, halfClosedTalk, resetTalk, resetTalk];
const dearKinds = [bulkTalk, pausedTalk];
const dearProbability = 0.04;
const manyProbability = 0.05;
const manyMin = 10;
const manyMax = 30;

/** Much in both directions, or a long pause: what fills links, windows and sockets where no fault is in the way. */
export function dearTalk(random: Random): Talk {
  return random.pick(dearKinds)(random);
}

/** Picks what the workloads of one tunnel do at once: one talk of any kind, or many short ones. */
export function pickTalks(random: Random): Talk[] {
  if (random.chance(manyProbability)) {
    return Array.from({ length: random.between(manyMin, manyMax) }, () => shortTalk(random));
  }
  return [random.chance(dearProbability) ? dearTalk(random) : random.pick(kinds)(random)];
}
