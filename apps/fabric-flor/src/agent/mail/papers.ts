/**
 * The papers of a node by mail: records that were handed in somewhere else reach the node that they are about, and a node shows its own to a control node. Joins
 * the letters of this node and, where it is a control node, its answers to those of others. Pure.
 */
import type { Fact } from "@florenetes/facts";
import type { AgentNews } from "../agent-orders.ts";
import type { Moment } from "../moment.ts";
import { PapersDesk } from "./papers-desk.ts";
import { WATCH_KIND, WATCH_MS } from "./limits.ts";
import { PAPERS_KIND, PapersPost, type PapersPostOptions } from "./papers-post.ts";
import { PapersWatch, type PapersWatchOptions } from "./papers-watch.ts";
import { WatchedPapers } from "./watched-papers.ts";

export type PapersOptions = Omit<PapersPostOptions, "onCurrent"> & Pick<PapersWatchOptions, "isResting">;

/** Time for an answer: a control node judges at once. */
const ANSWER_MS = 5_000;

export class Papers {
  readonly #options: PapersOptions;
  readonly #post: PapersPost;
  readonly #watch: PapersWatch;
  readonly #watched: WatchedPapers;
  #hasBook = false;

  constructor(options: PapersOptions) {
    this.#options = options;
    const { mail } = options;
    this.#post = new PapersPost({ ...options, onCurrent: (reader, at) => this.#watch.handleCurrent(reader, at) });
    this.#watch = new PapersWatch({ ...options, refetch: (at) => this.#post.handleRefetch(at) });
    this.#watched = new WatchedPapers({ ...options, answer: (number, answer, at) => mail.answer(number, answer, at) });
    const desk = new PapersDesk(options);
    mail.register(PAPERS_KIND, {
      role: "control-plane",
      answerMs: ANSWER_MS,
      onLetter: (letter, at) => desk.answer(letter, at),
      onDone: (done, at) => this.#post.handleDone(done, at),
    });
    mail.register(WATCH_KIND, {
      role: "control-plane",
      answerMs: WATCH_MS + ANSWER_MS,
      onLetter: (letter, at) => this.#watched.take(letter, at),
      onDone: (done, at) => this.#watch.handleDone(done, at),
    });
  }

  /** Records that were handed in here, and that no control node has judged yet. */
  get waiting(): number {
    return this.#post.waiting;
  }

  /** Letters of other nodes that wait here until their papers are others. */
  get watched(): number {
    return this.#watched.size;
  }

  /** Asks control nodes for what this node has to have, at once. */
  handleRefetch(at: Moment): void {
    this.#post.handleRefetch(at);
  }

  handleHandedIn(fact: Fact, at: Moment): void {
    this.#post.handleHandedIn(fact, at);
  }

  /**
   * Does what is due.
   *
   * @param changed The names of nodes whose standing may have changed; undefined: all
   */
  advance(changed: ReadonlySet<string> | undefined, at: Moment): void {
    const { mail, node, records } = this.#options;
    const isFirst = !this.#hasBook && records.book !== undefined;
    this.#hasBook = records.book !== undefined;
    if (isFirst || changed === undefined || changed.size > 0) mail.handleStandings(at);
    if (changed === undefined || changed.has(node)) this.#post.handleStanding(at);
    mail.advance(at);
    this.#watched.advance(changed, at);
    this.#post.advance(at);
    this.#watch.advance(at);
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return Math.min(this.#post.nextTimeout(), this.#watch.nextTimeout(), this.#watched.nextTimeout());
  }

  /** Something that people want to know. */
  pollNews(): AgentNews | undefined {
    return this.#options.mail.pollNews() ?? this.#post.pollNews();
  }
}
