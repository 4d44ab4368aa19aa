/** Letters of the kind `routes` of this node: one is open at each coordinator of its partition, so that coordinators reach it without being asked. Pure. */
import {
  type Acknowledgement,
  type Done,
  fitRecords,
  Outcome,
  readRoutesAnswer,
  roomForRecords,
  writeRoutesLetter,
} from "@florenetes/feed";
import { RateLimit } from "@florenetes/scheduling";
import { ACKNOWLEDGED_AT_ONCE, COORDINATORS_ASKED_MAX, LETTERS_BURST } from "../limits.ts";
import type { AgentMail } from "../mail/agent-mail.ts";
import type { Moment } from "../moment.ts";

export const ROUTES_KIND = "routes";

/** A record that coordinators are to have. */
export interface Shown {
  /** Something that is another one with each other record. */
  readonly id: string;
  readonly octets: Uint8Array;
  /** The next letter takes the record along, and none is sent for its sake: figures alone have changed. */
  readonly isPatient?: boolean;
}

export interface WrittenTo {
  readonly node: string;
  readonly doesAnswer: boolean;
  /** Monotonic; undefined: no letter waits. */
  readonly unansweredSince: number | undefined;
}

export interface RoutePostOptions {
  readonly mail: AgentMail;
  /** The coordinators of this node's partition. */
  readonly coordinators: (known: readonly string[], at: Moment) => readonly string[];
  /** Records that each coordinator is to have: the newest report, and the node's papers. */
  readonly shown: (coordinator: string) => readonly Shown[];
  /** Whether others than coordinators are to have the records, too. */
  readonly isObserved: () => boolean;
  /** A coordinator has answered, with these records. */
  readonly onAnswer: (coordinator: string, records: readonly Uint8Array[], at: Moment) => void;
  /** A coordinator asks this node to call these nodes, whose papers came with it. */
  readonly onAsks: (nodes: readonly string[], at: Moment) => void;
  /**
   * When a coordinator that was written to last at that time is to be written to though there is nothing to tell, in monotonic milliseconds, where all of them know of nodes
   * that rest; undefined, and the default: this node does not rest.
   */
  readonly writesAt?: (coordinator: string, writtenAt: number, at: Moment) => number | undefined;
}

/** A letter waits at its reader for so long, in seconds. */
const WAIT_SECONDS = 45;
/** The first ones wait for so long, and then as long as nothing was lost: links come and go at first, and what was lost with one is missed soon. */
const FIRST_WAIT_SECONDS = 5;
/** An answer that is due takes so long on its way, at most. */
const SLACK_MS = 5_000;
/** Time for an answer, with the wait. */
export const ROUTES_ANSWER_MS: number = 1_000 * WAIT_SECONDS + SLACK_MS;
/** A coordinator that does not answer is asked again after so long … */
const PAUSE_MS = 2_000;
/** … and then each time after twice as long, up to this. */
const PAUSE_MS_MAX = 30_000;
/** Letters to one coordinator in the long run. */
const LETTERS_PER_SECOND = 1;

/** A node that rests wakes its radio once for all coordinators that are to be written to within so long. */
const TOGETHER_MS = 150_000;
const NOW = Number.NEGATIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;

interface Correspondence {
  /** The letters that are open, and the records and acknowledgements in each. */
  readonly open: Map<number, { readonly ids: readonly string[]; readonly acknowledged: readonly Acknowledgement[] }>;
  /** The key by which the coordinator reads mail: it forgets that when it ends, and reports with it. */
  key: string;
  /** Ids of the records that the coordinator has. */
  readonly known: Set<string>;
  readonly acknowledged: Acknowledgement[];
  /** Letters that may be sent. */
  readonly letters: RateLimit;
  /** A letter waits until it may. */
  isHeld: boolean;
  pausedUntil: number;
  pauseMs: number;
  /** When the coordinator was written to first, or a letter was lost last: monotonic. */
  goodSince: number;
  /** The coordinator has more for this node, or has answered nothing yet: a letter is not to wait. */
  isHasty: boolean;
  /** When it was written to last: monotonic. */
  writtenAt: number;
  /** Since when a letter waits for its answer, and none has come: monotonic; undefined: none waits. */
  unansweredSince: number | undefined;
  /** The coordinator has said with its last answer that it knows of nodes that rest. */
  knowsRest: boolean;
}

export class RoutePost {
  readonly #options: RoutePostOptions;
  readonly #with = new Map<string, Correspondence>();
  readonly #readers = new Map<number, string>();
  /** A coordinator is written to by a node that rests: others, who would be soon, are so along with it. */
  #isAwake = false;
  /** Letters that were sent, and answers to them. */
  sent = 0;
  answered = 0;
  /** Coordinators have come or gone with the last turn. */
  hasOthers = false;
  /** Letters that waited, as one coordinator is sent 8 at once and one in a second. */
  held = 0;

  constructor(options: RoutePostOptions) {
    this.#options = options;
  }

  /** Whether nobody is to have the records. */
  get isIdle(): boolean {
    return this.#with.size === 0 && !this.#options.isObserved();
  }

  /** Whether all coordinators have a record. */
  isKnown(id: string): boolean {
    return [...this.#with.values()].every(({ known }) => known.has(id));
  }

  /** Whether all coordinators know of nodes that rest. */
  get mayRest(): boolean {
    return (
      !this.isIdle && [...this.#with.values()].every(({ knowsRest, pauseMs }) => knowsRest && pauseMs === PAUSE_MS)
    );
  }

  /** Coordinators of which letters are answered, or were not lately, and since when they have answered nothing, where a letter waits. */
  *coordinators(): Generator<WrittenTo, void> {
    for (const [node, { pauseMs, unansweredSince }] of this.#with)
      yield { node, doesAnswer: pauseMs === PAUSE_MS, unansweredSince };
  }

  /** Tells a coordinator what came of a record of its. */
  acknowledge(coordinator: string, acknowledgement: Acknowledgement): void {
    this.#with.get(coordinator)?.acknowledged.push(acknowledgement);
  }

  advance(at: Moment): void {
    const { mail, coordinators } = this.#options;
    const names = coordinators(mail.readersOf(ROUTES_KIND, at), at).slice(0, COORDINATORS_ASKED_MAX);
    this.hasOthers = names.length !== this.#with.size || names.some((name) => !this.#with.has(name));
    for (const name of this.#with.keys()) if (!names.includes(name)) this.#with.delete(name);
    this.#isAwake = [...this.#with].some(
      ([name, { writtenAt }]) => at.now >= (this.#restsUntil(name, writtenAt, at) ?? NEVER),
    );
    for (const name of names) {
      const key = mail.keyOf(name, at);
      const correspondence = this.#with.get(name) ?? begin(key, at.now);
      this.#with.set(name, correspondence);
      if (key !== correspondence.key) beginAnew(correspondence, key, at.now);
      this.#write(name, correspondence, at);
    }
    this.#isAwake = false;
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never by itself. */
  nextTimeout(at: Moment): number {
    const { now } = at;
    const waits = [...this.#with].flatMap(([name, each]) => {
      const dueAt = this.#dueAt(name, each, at);
      return dueAt === NEVER ? [] : [Math.max(now, dueAt, each.pausedUntil, each.letters.nextAt())];
    });
    return Math.min(Number.POSITIVE_INFINITY, ...waits);
  }

  /** Takes what came of a letter. */
  handleDone({ number, answer }: Done, at: Moment): void {
    const name = this.#readers.get(number);
    this.#readers.delete(number);
    const correspondence = name === undefined ? undefined : this.#with.get(name);
    const letter = correspondence?.open.get(number);
    if (name === undefined || correspondence === undefined) return;
    const read = answer?.outcome === Outcome.answered ? readRoutesAnswer(answer.body) : undefined;
    if (letter === undefined) {
      // A letter that others have overtaken may be the one that waits at the coordinator: what it brings comes with no other answer.
      if (read !== undefined) this.#take(name, read, at);
      return;
    }
    correspondence.open.delete(number);
    if (read === undefined) {
      // The coordinator may have none of the records that the letter had.
      correspondence.known.clear();
      if (answer === undefined) correspondence.goodSince = at.now;
      correspondence.acknowledged.push(...letter.acknowledged);
      correspondence.pausedUntil = at.now + correspondence.pauseMs;
      correspondence.pauseMs = Math.min(2 * correspondence.pauseMs, PAUSE_MS_MAX);
      return;
    }
    this.answered++;
    // A coordinator answers earlier letters when a later one comes: those that are still open were lost.
    for (const [other, { acknowledged }] of correspondence.open) {
      if (other > number) continue;
      correspondence.open.delete(other);
      correspondence.acknowledged.push(...acknowledged);
    }
    for (const id of letter.ids) correspondence.known.add(id);
    correspondence.pauseMs = PAUSE_MS;
    correspondence.unansweredSince = correspondence.open.size > 0 ? at.now : undefined;
    correspondence.isHasty = read.hasMore;
    correspondence.knowsRest = read.asks.some(({ kind, node }) => kind === "rest" && node === name);
    this.#take(name, read, at);
  }

  #take(name: string, { records, asks }: NonNullable<ReturnType<typeof readRoutesAnswer>>, at: Moment): void {
    this.#options.onAnswer(name, records, at);
    this.#options.onAsks(
      asks.flatMap(({ kind, node }) => (kind === "call" ? [node] : [])),
      at,
    );
  }

  #write(name: string, correspondence: Correspondence, at: Moment): void {
    const { mail, shown } = this.#options;
    if (at.now < this.#dueAt(name, correspondence, at) || at.now < correspondence.pausedUntil) return;
    if (!mail.hasWay(ROUTES_KIND, at, name)) {
      correspondence.pausedUntil = at.now + PAUSE_MS;
      return;
    }
    const wasHeld = correspondence.isHeld;
    correspondence.isHeld = !correspondence.letters.take(at.now);
    if (correspondence.isHeld) {
      if (!wasHeld) this.held++;
      return;
    }
    let acknowledged = correspondence.acknowledged.slice(0, ACKNOWLEDGED_AT_ONCE);
    // Pairs that were left out take room, and one acknowledgement always has it.
    while (acknowledged.length > 1 && roomForRecords(acknowledged) < 0) acknowledged = acknowledged.slice(0, -1);
    const lacking = shown(name).filter(({ id }) => !this.#isTold(correspondence, id));
    const { fit, hasMore } = fitRecords(
      lacking.map(({ octets }) => octets),
      roomForRecords(acknowledged),
    );
    const hasNews = lacking.some(({ octets, isPatient }) => isPatient !== true && fit.includes(octets));
    // News are answered at once: a letter that is lost on its way goes another one soon, and not when its wait is over.
    const isShort = correspondence.isHasty || hasMore || hasNews || this.#restsUntil(name, at.now, at) !== undefined;
    const wait = isShort ? 0 : waitFor(correspondence, at.now);
    const body = writeRoutesLetter({ wait, records: fit, acknowledged });
    const number = mail.send(ROUTES_KIND, body, at, { to: name, answerMs: 1_000 * wait + SLACK_MS });
    if (number === undefined) {
      correspondence.pausedUntil = at.now + PAUSE_MS;
      return;
    }
    this.sent++;
    correspondence.writtenAt = at.now;
    correspondence.unansweredSince ??= at.now;
    correspondence.isHasty = false;
    correspondence.acknowledged.splice(0, acknowledged.length);
    const ids = lacking.filter(({ octets }) => fit.includes(octets)).map(({ id }) => id);
    correspondence.open.set(number, { ids, acknowledged });
    this.#readers.set(number, name);
  }

  /** When a letter is due: at once where there is something to say, or no letter is open, unless this node rests; Infinity: never by itself. */
  #dueAt(name: string, correspondence: Correspondence, at: Moment): number {
    const { open, acknowledged, isHasty, writtenAt } = correspondence;
    const shown = this.#options.shown(name);
    const isUrgent =
      acknowledged.length > 0 ||
      shown.some(({ id, isPatient }) => isPatient !== true && !this.#isTold(correspondence, id));
    if (isUrgent) return NOW;
    // The first letter has a report.
    if (open.size > 0 || shown.length === 0) return NEVER;
    const until = isHasty ? undefined : this.#restsUntil(name, writtenAt, at);
    return until === undefined ? NOW : until;
  }

  /** Until when a node that rests writes nothing; undefined: it does not rest. */
  #restsUntil(name: string, writtenAt: number, at: Moment): number | undefined {
    const since = this.#isAwake ? writtenAt - TOGETHER_MS : writtenAt;
    return this.mayRest ? this.#options.writesAt?.(name, since, at) : undefined;
  }

  /** Whether a coordinator has a record, or it is on its way. */
  #isTold({ known, open }: Correspondence, id: string): boolean {
    return known.has(id) || [...open.values()].some(({ ids }) => ids.includes(id));
  }
}

function begin(key: string, now: number): Correspondence {
  return {
    key,
    open: new Map(),
    known: new Set(),
    acknowledged: [],
    letters: new RateLimit(LETTERS_BURST, LETTERS_PER_SECOND, now),
    isHeld: false,
    pausedUntil: now,
    pauseMs: PAUSE_MS,
    goodSince: now,
    isHasty: true,
    writtenAt: now,
    unansweredSince: undefined,
    knowsRest: false,
  };
}

/** The coordinator has been started again: it has no report of this node, and is told at once. */
function beginAnew(correspondence: Correspondence, key: string, now: number): void {
  correspondence.key = key;
  correspondence.known.clear();
  correspondence.pausedUntil = now;
  correspondence.pauseMs = PAUSE_MS;
  correspondence.goodSince = now;
  correspondence.unansweredSince = undefined;
  correspondence.knowsRest = false;
}

/** How long a letter waits that has nothing new, in seconds. */
function waitFor({ goodSince }: Correspondence, now: number): number {
  return Math.min(WAIT_SECONDS, Math.max(FIRST_WAIT_SECONDS, Math.floor((now - goodSince) / 1_000)));
}
