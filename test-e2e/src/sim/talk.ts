import type { Random } from "@florenetes/simkit";

/** The part of one end of a workload's connection. */
export interface Part {
  /** Bytes that this end sends. */
  readonly bytes: number;
  /** Whether this end ends only after the other one has. */
  readonly endsLast: boolean;
  /** The number of bytes after which this end takes none for a while. */
  readonly pausesAt: number;
  readonly pauseMs: number;
  /** The number of bytes after which this end resets the connection. */
  readonly resetsAt: number;
}

/** The plan of a workload's connection, at both ends. */
export interface Talk {
  readonly client: Part;
  readonly service: Part;
}

/** More bytes than the window of a stream and two full sockets hold: an end that does not read holds back the other. */
const BULK_MIN = 420_000;
const BULK_MAX = 600_000;
const SOME_MAX = 60_000;
/** The size of a question that fits, with headers and the head of a conversation, into the smallest packet of any path. */
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

/** A question and an answer that fit into one packet each. */
export function questionTalk(random: Random): Talk {
  return {
    client: partOf({ bytes: random.below(QUESTION_MAX) }),
    service: partOf({ bytes: random.below(QUESTION_MAX) }),
  };
}

/** A talk of many bytes in both directions at once, as far as the links carry it. */
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

/** The kinds of talks. Most talks are cheap: a seed is to take a tenth of a second. */
const kinds = [...Array<typeof shortTalk>(8).fill(shortTalk), halfClosedTalk, halfClosedTalk, resetTalk, resetTalk];
const dearKinds = [bulkTalk, pausedTalk];
const DEAR_PROBABILITY = 0.04;
const MANY_PROBABILITY = 0.05;
const MANY_MIN = 10;
const MANY_MAX = 30;

/** A talk of many bytes in both directions, or with a long pause: it fills links, windows and sockets where no fault is in the way. */
export function dearTalk(random: Random): Talk {
  return random.pick(dearKinds)(random);
}

/** Picks the talks of one tunnel's workloads at once: one talk of any kind, or many short ones. */
export function pickTalks(random: Random): Talk[] {
  if (random.chance(MANY_PROBABILITY)) {
    return Array.from({ length: random.between(MANY_MIN, MANY_MAX) }, () => shortTalk(random));
  }
  return [random.chance(DEAR_PROBABILITY) ? dearTalk(random) : random.pick(kinds)(random)];
}
