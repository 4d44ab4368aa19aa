import type { ProcessTime } from "@florenetes/scheduling";
import { HolderError } from "../holder-error.ts";
import { SHARD_RATE_MIN, SHARD_SIZE_MAX } from "../limits.ts";
import { majorityOf } from "../placement.ts";
import type { Answer, HolderDoor, HolderTalk, Question, TalkName } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";
import { callAfter } from "./alarm.ts";
import { HolderRanking } from "./holder-ranking.ts";
import { ANSWER_MS, LATE_MS } from "./limits.ts";
import { NO_ANSWERS } from "./quorum-error.ts";

const SHARD_MS = ANSWER_MS + (SHARD_SIZE_MAX / SHARD_RATE_MIN) * 1_000;

/** The answers of several holders, and the refusals of others. */
export interface Gathered<Value> {
  readonly answers: ReadonlyMap<string, Value>;
  readonly refusals: ReadonlyMap<string, HolderError>;
}

type AskOne<Value> = (node: string) => Promise<Value>;

/** Asks the holders of one collection, and notes which of them answer. */
export class HolderCalls {
  readonly ranking: HolderRanking = new HolderRanking();
  readonly time: ProcessTime;
  readonly #door: HolderDoor;
  #terms: CollectionTerms;

  constructor(door: HolderDoor, time: ProcessTime, terms: CollectionTerms) {
    this.#door = door;
    this.time = time;
    this.#terms = terms;
    this.ranking.handleHolders(this.nodes);
  }

  get terms(): CollectionTerms {
    return this.#terms;
  }

  /** Goes by other terms of the same collection from now on. */
  handleTerms(terms: CollectionTerms): void {
    this.#terms = terms;
    this.ranking.handleHolders(this.nodes);
  }

  get nodes(): readonly string[] {
    return this.#terms.holders.map(({ node }) => node);
  }

  /**
   * Asks one holder.
   *
   * @throws HolderError with the code of its refusal; ERR_STORAGE_UNREACHABLE where none comes in time; the reason of `signal`
   */
  async ask<Name extends TalkName>(
    node: string,
    op: Name,
    asked: HolderTalk[Name]["ask"],
    signal: AbortSignal,
  ): Promise<Answer<Name>> {
    signal.throwIfAborted();
    const { scope, name, recoveryEpoch } = this.#terms;
    const question = { op, collection: { scope, name }, recoveryEpoch, ...asked } as unknown as Question<Name>;
    const ms = op === "put-shard" || op === "get-shard" ? SHARD_MS : ANSWER_MS;
    const over = new AbortController();
    const ended = Promise.withResolvers<never>();
    const onAbort = (): void => ended.reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort);
    const cancel = callAfter(this.time, ms, () => {
      const message = `no answer in ${ms / 1_000} s`;
      ended.reject(new HolderError({ code: "ERR_STORAGE_UNREACHABLE", message }));
    });
    try {
      const answer = await Promise.race([this.#door.ask(node, question, over.signal), ended.promise]);
      this.ranking.handleAnswer(node);
      return answer;
    } catch (error) {
      if (error instanceof HolderError) this.#handleRefusal(node, error);
      throw error;
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
      over.abort();
    }
  }

  /**
   * Asks all holders at once, but those that are left alone only where no majority answers without them. Returns when all have answered, or when a majority
   * has and the others kept us waiting.
   *
   * @throws whatever is no HolderError; the reason of `signal`
   */
  async gather<Value>(ask: AskOne<Value>): Promise<Gathered<Value>> {
    const { nodes } = this;
    const majority = majorityOf(nodes.length);
    const gathered = { answers: new Map<string, Value>(), refusals: new Map<string, HolderError>() };
    const now = this.time.now();
    const paused = nodes.filter((node) => this.ranking.isPaused(node, now));
    const first = nodes.filter((node) => !paused.includes(node));
    await this.#round(first, ask, gathered, majority);
    if (gathered.answers.size < majority) await this.#round(paused, ask, gathered, majority);
    return { answers: new Map(gathered.answers), refusals: new Map(gathered.refusals) };
  }

  /** The error of a holder that was not asked, as it is left alone, or has not answered while others have. */
  silent(): HolderError {
    return new HolderError({ code: "ERR_STORAGE_UNREACHABLE", message: "no answer in time" });
  }

  /** The error of a holder whose answer has the form of one, and is none. It is left alone for a time. */
  nonsense(node: string, message: string): HolderError {
    this.ranking.handleFault(node, this.time.now());
    return new HolderError({ code: "ERR_STORAGE_FORM", message });
  }

  #round<Value>(
    nodes: readonly string[],
    ask: AskOne<Value>,
    { answers, refusals }: { answers: Map<string, Value>; refusals: Map<string, HolderError> },
    majority: number,
  ): Promise<void> {
    const done = Promise.withResolvers<void>();
    let left = nodes.length;
    let cancel: (() => void) | undefined;
    const handleEnd = (): void => {
      if (--left === 0) done.resolve();
      else if (answers.size >= majority) cancel ??= callAfter(this.time, LATE_MS, done.resolve);
    };
    if (left === 0) done.resolve();
    for (const node of nodes) {
      ask(node)
        .then(
          (answer) => void answers.set(node, answer),
          (error: unknown) => {
            if (error instanceof HolderError) refusals.set(node, error);
            else done.reject(error);
          },
        )
        .then(handleEnd, done.reject);
    }
    return done.promise.finally(() => cancel?.());
  }

  #handleRefusal(node: string, { code }: HolderError): void {
    const now = this.time.now();
    if (NO_ANSWERS.has(code)) this.ranking.handleFault(node, now);
    else this.ranking.handleAnswer(node);
    if (code === "ERR_STORAGE_DISK") this.ranking.handleFull(node, now);
  }
}
