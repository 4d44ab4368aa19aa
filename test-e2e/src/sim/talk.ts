import type { Random } from "@florenetes/simkit";

/** The part of one end of a workload's connection. */
export interface Part {
  /** Bytes that this end sends. */
  readonly bytes: number;
  /** Whether this end ends only after the other one has. */
  readonly endsLast: boolean;
  /** After so many bytes this end takes none for a while. */
  readonly pausesAt: number;
  readonly pauseMs: number;
  /** After so many bytes this end resets the connection. */
  readonly resetsAt: number;
}

/** A workload's connection as its ends mean it to be. */
export interface Talk {
  readonly client: Part;
  readonly service: Part;
}

/** More than the window of a stream and two full sockets hold: who does not read holds back who sends. */
const BULK_MIN = 420_000;
const BULK_MAX = 600_000;
const SOME_MAX = 60_000;
/** With headers and the head of a conversation it fits into the smallest packet that a path may have. */
const QUESTION_MAX = 1_000;
const FEW_MAX = 3_000;
const PAUSE_MS_MAX = 6_000;

function partOf(part: Partial<Part>): Part {
  return { bytes: 0, endsLast: false, pausesAt: Infinity, pauseMs: 0, resetsAt: Infinity, ...part };
}

/** A question and an answer. */
export function shortTalk(random: Random): Talk {
  return {
    client: partOf({ bytes: random.below(FEW_MAX), endsLast: random.chance(0.2) }),
    service: partOf({ bytes: random.below(FEW_MAX) }),
  };
}

/** A question that fits into one packet, and an answer that does. */
export function questionTalk(random: Random): Talk {
  return {
    client: partOf({ bytes: random.below(QUESTION_MAX) }),
    service: partOf({ bytes: random.below(QUESTION_MAX) }),
  };
}

/** Much in both directions at once, as far as the links carry it. */
function bulkTalk(random: Random): Talk {
  return {
    client: partOf({ bytes: random.between(BULK_MIN, BULK_MAX) }),
    service: partOf({ bytes: random.between(BULK_MIN, BULK_MAX) }),
  };
}

/** A talk of which one end ends while the other still has much to say. */
function halfClosedTalk(random: Random): Talk {
  const first = partOf({ bytes: random.below(100) });
  const last = partOf({ bytes: random.below(SOME_MAX), endsLast: true });
  return random.chance(0.5) ? { client: first, service: last } : { client: last, service: first };
}

/** A talk of which one end does not read for a while. */
function pausedTalk(random: Random): Talk {
  const slow = partOf({ pausesAt: random.below(SOME_MAX), pauseMs: random.below(PAUSE_MS_MAX) });
  const bulk = partOf({ bytes: random.between(BULK_MIN, BULK_MAX) });
  return random.chance(0.5) ? { client: slow, service: bulk } : { client: bulk, service: slow };
}

/** A talk of which one end resets the connection, before anything has come or in the middle. */
function resetTalk(random: Random): Talk {
  const fickle = partOf({ bytes: random.below(FEW_MAX), resetsAt: random.chance(0.2) ? 0 : random.below(SOME_MAX) });
  const patient = partOf({ bytes: SOME_MAX });
  return random.chance(0.5) ? { client: fickle, service: patient } : { client: patient, service: fickle };
}

/** Most talks are cheap: a seed is to take a tenth of a second. */
const kinds = [...Array<typeof shortTalk>(8).fill(shortTalk), halfClosedTalk, halfClosedTalk, resetTalk, resetTalk];
const dearKinds = [bulkTalk, pausedTalk];
const DEAR_PROBABILITY = 0.04;
const MANY_PROBABILITY = 0.05;
const MANY_MIN = 10;
const MANY_MAX = 30;

/** Much in both directions, or a long pause: what fills links, windows and sockets where no fault is in the way. */
export function dearTalk(random: Random): Talk {
  return random.pick(dearKinds)(random);
}

/** Picks what the workloads of one tunnel do at once: one talk of any kind, or many short ones. */
export function pickTalks(random: Random): Talk[] {
  if (random.chance(MANY_PROBABILITY)) {
    return Array.from({ length: random.between(MANY_MIN, MANY_MAX) }, () => shortTalk(random));
  }
  return [random.chance(DEAR_PROBABILITY) ? dearTalk(random) : random.pick(kinds)(random)];
}
