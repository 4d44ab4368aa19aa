/** Letters of the kind `papers-watch` at a control node: each waits until there is a paper of its sender's own that the sender lacks. Pure. */
import {
  type Answer,
  ANSWERED_SIZE_MAX,
  fitRecords,
  Outcome,
  readPapers,
  WATCHED_MAX,
  writePapersAnswer,
} from "@florenetes/feed";
import type { Moment } from "../moment.ts";
import type { HeldRecords } from "../records/held-records.ts";
import { standingOf } from "../records/standing.ts";
import type { ReceivedLetter } from "./agent-mail.ts";
import { WATCH_MS } from "./limits.ts";
import { lackingOf, ownPapersOf } from "./papers-desk.ts";

export interface WatchedPapersOptions {
  readonly records: HeldRecords;
  /** Answers a letter that waits. */
  readonly answer: (number: number, answer: Answer, at: Moment) => void;
}

/** A letter that waits. */
interface Watch {
  readonly number: number;
  /** The key that has signed it. */
  readonly key: string;
  /** Short ids of copies that the sender holds. */
  readonly held: ReadonlySet<string>;
  /** Monotonic milliseconds. */
  readonly until: number;
}

const NOTHING: Answer = answerOf([], false);

export class WatchedPapers {
  readonly #options: WatchedPapersOptions;
  /** The newest letter of each node, in the order of their ends. */
  readonly #watches = new Map<string, Watch>();

  constructor(options: WatchedPapersOptions) {
    this.#options = options;
  }

  /** How many letters wait. */
  get size(): number {
    return this.#watches.size;
  }

  /** Takes a letter. It waits where its sender has all; an earlier one of the same node is answered. */
  take({ number, node, key, body }: ReceivedLetter, at: Moment): Answer | "parked" {
    const letter = readPapers(body);
    if (letter === undefined || letter.shown.length > 0 || letter.held.length > WATCHED_MAX)
      return { outcome: Outcome.malformed, body: new Uint8Array(0) };
    const watch: Watch = { number, key, held: new Set(letter.held), until: at.now + WATCH_MS };
    if (!this.#isNode(node, watch, at)) return { ...NOTHING, outcome: Outcome.unknownSender };
    this.#end(node, NOTHING, at);
    const news = this.#newsFor(node, watch, at);
    if (news !== undefined) return news;
    this.#watches.set(node, watch);
    return "parked";
  }

  /**
   * Answers letters of whose senders there is news, and those that have waited long enough.
   *
   * @param changed The names of nodes whose standing may have changed; undefined: all
   */
  advance(changed: ReadonlySet<string> | undefined, at: Moment): void {
    for (const node of changed ?? [...this.#watches.keys()]) {
      const watch = this.#watches.get(node);
      // Whoever is no node any more is told nothing.
      const news = watch === undefined || !this.#isNode(node, watch, at) ? undefined : this.#newsFor(node, watch, at);
      if (news !== undefined) this.#end(node, news, at);
    }
    for (const [node, { until }] of this.#watches) {
      if (at.now < until) break;
      this.#end(node, NOTHING, at);
    }
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    const [first] = this.#watches.values();
    return first?.until ?? Number.POSITIVE_INFINITY;
  }

  #isNode(node: string, { key }: Watch, { wall }: Moment): boolean {
    const standing = standingOf(this.#options.records.book, node, wall);
    return standing.kind === "node" && standing.key === key;
  }

  /** The answer with papers that the sender lacks; undefined: it has all. */
  #newsFor(node: string, { held }: Watch, { wall }: Moment): Answer | undefined {
    const { fit, hasMore } = fitRecords(
      lackingOf(ownPapersOf(this.#options.records, node, wall), held),
      ANSWERED_SIZE_MAX,
    );
    return fit.length === 0 ? undefined : answerOf(fit, hasMore);
  }

  #end(node: string, answer: Answer, at: Moment): void {
    const watch = this.#watches.get(node);
    if (watch === undefined) return;
    this.#watches.delete(node);
    this.#options.answer(watch.number, answer, at);
  }
}

function answerOf(records: readonly Uint8Array[], hasMore: boolean): Answer {
  return { outcome: Outcome.answered, body: writePapersAnswer({ judged: [], records, hasMore }) };
}
