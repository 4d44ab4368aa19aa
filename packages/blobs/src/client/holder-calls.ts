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
  /** Holders that the collection had when they were asked. */
  readonly asked: number;
  readonly answers: ReadonlyMap<string, Value>;
  readonly refusals: ReadonlyMap<string, HolderError>;
}

type AskOne<Value> = (node: string) => Promise<Value>;
type IsSure<Value> = (answers: ReadonlyMap<string, Value>, holders: number) => boolean;

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
   * @param faultOf says why an answer that has the form of one is none; undefined: it is one. A holder that gives such an answer is left alone for a time
   * @throws HolderError with the code of its refusal; ERR_STORAGE_UNREACHABLE where none comes in time; the reason of `signal`
   */
  async ask<Name extends TalkName>(
    node: string,
    op: Name,
    asked: HolderTalk[Name]["ask"],
    signal: AbortSignal,
    faultOf: (answer: Answer<Name>) => string | undefined = () => undefined,
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
      const fault = faultOf(answer);
      if (fault !== undefined) throw new HolderError({ code: "ERR_STORAGE_FORM", message: fault });
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
   * Asks all holders at once, but those that are left alone only where no majority answers without them, or its answers leave open what they come to. Returns
   * when all have answered, or when a majority has, its answers leave nothing open, and the others kept us waiting.
   *
   * @param isSure whether the answers of a majority of so many holders leave nothing open that the others could tell
   * @throws whatever is no HolderError; the reason of `signal`
   */
  async gather<Value>(ask: AskOne<Value>, isSure: IsSure<Value> = () => true): Promise<Gathered<Value>> {
    const { nodes } = this;
    const now = this.time.now();
    const paused = nodes.filter((node) => this.ranking.isPaused(node, now));
    const answers = new Map<string, Value>();
    const refusals = new Map<string, HolderError>();
    const isMajority = (): boolean => answers.size >= majorityOf(nodes.length);
    const isEnough = (): boolean => isMajority() && isSure(answers, nodes.length);
    const done = Promise.withResolvers<void>();
    let left = 0;
    let isLate = false;
    let cancel: (() => void) | undefined;
    const begin = (some: readonly string[]): void => {
      left += some.length;
      for (const node of some) ask(node).then(handleAnswerOf(node), handleErrorOf(node)).then(handleEnd, done.reject);
    };
    const handleAnswerOf = (node: string) => (answer: Value) => void answers.set(node, answer);
    const handleErrorOf = (node: string) => (error: unknown) => {
      if (!(error instanceof HolderError)) throw error;
      refusals.set(node, error);
    };
    const handleEnd = (): void => {
      left--;
      handleTurn();
    };
    const handleLate = (): void => {
      isLate = true;
      handleTurn();
    };
    const handleTurn = (): void => {
      if ((left === 0 || isLate) && !isEnough()) begin(paused.splice(0));
      if (left === 0 || (isLate && isEnough())) done.resolve();
      else if (isMajority()) cancel ??= callAfter(this.time, LATE_MS, handleLate);
    };
    begin(nodes.filter((node) => !paused.includes(node)));
    handleTurn();
    await done.promise.finally(() => cancel?.());
    return { asked: nodes.length, answers: new Map(answers), refusals: new Map(refusals) };
  }

  /** The error of a holder that was not asked, as it is left alone, or has not answered while others have. */
  silent(): HolderError {
    return new HolderError({ code: "ERR_STORAGE_UNREACHABLE", message: "no answer in time" });
  }

  #handleRefusal(node: string, { code }: HolderError): void {
    const now = this.time.now();
    if (NO_ANSWERS.has(code)) this.ranking.handleFault(node, now);
    else this.ranking.handleAnswer(node);
    if (code === "ERR_STORAGE_DISK") this.ranking.handleFull(node, now);
  }
}
