import { HolderError } from "../holder-error.ts";
import { SHARD_RATE_MIN, SHARD_SIZE_MAX } from "../limits.ts";
import { placeOf } from "../placement.ts";
import type { Answer, HolderRefusal, HolderTalk, Question, TalkName } from "../requests.ts";
import type { KeeperOptions, KeeperPeer } from "./collection-keeper.ts";
import type { HeldTerms } from "./held-terms.ts";
import { EVADED_CHALLENGES_MAX, FAILED_CHALLENGES_MAX, FULL_MS, HEARD_MS, QUESTION_MS, SLOW_MS } from "./limits.ts";

/** Refusals that holders give who hold the collection as we do. */
const ANSWERS: ReadonlySet<string> = new Set([
  "ERR_STORAGE_BUSY",
  "ERR_STORAGE_DAMAGED",
  "ERR_STORAGE_DISK",
  "ERR_STORAGE_MISSING",
  "ERR_STORAGE_QUOTA",
]);

/** Memory of another holder. */
interface Peer {
  /** When it first gave no answer since its last one: time for which nobody was asked, as in a machine that sleeps, is no silence. */
  silentSince: number | undefined;
  /** When it last gave an answer, by the clock on the wall, for people. */
  answered: number | undefined;
  /** When it had told all that it has. */
  heard: number | undefined;
  fullUntil: number;
  /** Until when it is left alone, as it has let a question run out of its time. */
  slowUntil: number;
  failures: number;
  failedInARow: number;
  evadedInARow: number;
  keepsNothing: boolean;
}

export type Told<Name extends TalkName> =
  | { readonly answer: Answer<Name>; readonly refusal?: undefined }
  | { readonly answer?: undefined; readonly refusal: HolderRefusal };

/** The other holders of the collection: questions to them, and what these have shown of them. */
export class Peers {
  readonly #options: KeeperOptions;
  readonly #held: HeldTerms;
  readonly #peers = new Map<string, Peer>();
  /** Our own disk has no room for what repair brings. */
  isFullHere = false;

  constructor(options: KeeperOptions, held: HeldTerms) {
    this.#options = options;
    this.#held = held;
  }

  /** Nodes of the other holders, by the record. */
  get others(): readonly string[] {
    const nodes = (this.#held.terms?.holders ?? []).map(({ node }) => node);
    return nodes.filter((node) => node !== this.#options.node);
  }

  /** Asks a holder; whatever it does, there is an answer or a refusal. */
  async ask<Name extends TalkName>(
    node: string,
    ask: { readonly op: Name } & HolderTalk[Name]["ask"],
    signal: AbortSignal,
  ): Promise<Told<Name>> {
    const { collection, elapsed } = this.#options;
    const recoveryEpoch = this.#held.terms?.recoveryEpoch ?? 0;
    // Spreading a generic type loses that its parts make up the question.
    const question = { ...ask, collection, recoveryEpoch } as unknown as Question<Name>;
    // Changes are asked for all the same: so it is known whether it lives, and they are bounded on their own.
    if (ask.op !== "list-changes" && elapsed() < (this.#peers.get(node)?.slowUntil ?? 0)) {
      return { refusal: refusalOf(node, "it was too slow lately") };
    }
    try {
      const answer = await this.#askInTime(node, question, signal);
      const peer = this.#peer(node);
      peer.silentSince = undefined;
      peer.answered = this.#options.now();
      return { answer };
    } catch (error) {
      const refusal = refusalOf(node, error);
      const isSilent = !ANSWERS.has(refusal.code) && ask.op !== "put-shard";
      if (isSilent) this.#peer(node).silentSince ??= elapsed();
      if (refusal.code === "ERR_STORAGE_EPOCH") this.#options.onOtherEpoch();
      const isFull = refusal.code === "ERR_STORAGE_DISK" || refusal.code === "ERR_STORAGE_QUOTA";
      if (isFull && ask.op === "put-shard") this.#peer(node).fullUntil = elapsed() + FULL_MS;
      return { refusal };
    }
  }

  /** Silence is the door's matter: a holder that lets an octet come now and then is not silent. */
  async #askInTime<Name extends TalkName>(
    node: string,
    question: Question<Name>,
    signal: AbortSignal,
  ): Promise<Answer<Name>> {
    const { door, after, elapsed } = this.#options;
    const ms = timeFor(question as Question);
    const over = new AbortController();
    const ended = Promise.withResolvers<never>();
    const end = (reason: unknown): void => {
      over.abort(reason);
      ended.reject(reason);
    };
    const handleAbort = (): void => end(signal.reason);
    signal.addEventListener("abort", handleAbort);
    const cancel = after(ms, () => {
      const peer = this.#peer(node);
      peer.slowUntil = elapsed() + SLOW_MS;
      if (question.op === "put-shard") peer.fullUntil = elapsed() + FULL_MS;
      end(new Error(`not within ${ms / 1_000} s`));
    });
    try {
      if (signal.aborted) handleAbort();
      return await Promise.race([ended.promise, door.ask(node, question, over.signal)]);
    } finally {
      cancel();
      signal.removeEventListener("abort", handleAbort);
    }
  }

  /** Whether shards may lie there: it has answered lately, and keeps what it is given. */
  isLiving(node: string): boolean {
    if (node === this.#options.node) return true;
    return this.#peers.get(node)?.keepsNothing !== true && !this.isGone(node);
  }

  /** Whether it has not answered for long, whatever it keeps. */
  isGone(node: string): boolean {
    return this.#options.elapsed() - (this.#peers.get(node)?.silentSince ?? Infinity) >= this.#options.goneAfter;
  }

  isFull(node: string): boolean {
    if (node === this.#options.node) return this.isFullHere;
    return this.#options.elapsed() < (this.#peers.get(node)?.fullUntil ?? 0);
  }

  /** All holders that live, in the order of their places for a shard. */
  livingFor(hash: string): readonly string[] {
    return placeOf(hash, this.#held.terms?.holders ?? []).filter((node) => this.isLiving(node));
  }

  /**
   * To whom a shard belongs.
   *
   * @param living what `livingFor` gives
   * @param hasIt whoever has it counts, though it could take no more
   */
  belongsTo(living: readonly string[], hasIt: (node: string) => boolean): readonly string[] {
    const taking = living.filter((node) => hasIt(node) || !this.isFull(node));
    return taking.slice(0, this.#held.terms?.copies ?? 0);
  }

  /** The holder has told all that it has. */
  noteHeard(node: string): void {
    this.#peer(node).heard = this.#options.elapsed();
  }

  /** Whether all that the holder has was told lately. */
  isHeard(node: string): boolean {
    const heard = this.#peers.get(node)?.heard;
    return heard !== undefined && this.#options.elapsed() - heard <= HEARD_MS;
  }

  /** A holder has given wrong octets. */
  noteFailure(node: string): void {
    this.#peer(node).failures++;
  }

  /** @param failed shards of `asked` of which it has shown nothing, or something wrong */
  noteChallenge(node: string, asked: number, failed: number): void {
    const peer = this.#peer(node);
    peer.failures += failed;
    if (failed < asked) peer.evadedInARow = 0;
    peer.failedInARow = failed === asked ? peer.failedInARow + 1 : 0;
    if (failed === 0) peer.keepsNothing = false;
    else if (peer.failedInARow >= FAILED_CHALLENGES_MAX) peer.keepsNothing = true;
  }

  /** A challenge had no answer, or was put off. True: so many in a row that this counts as failed. */
  noteEvasion(node: string): boolean {
    return ++this.#peer(node).evadedInARow > EVADED_CHALLENGES_MAX;
  }

  status(): readonly KeeperPeer[] {
    return this.others.map((node) => {
      const { answered, failures = 0, keepsNothing = false } = this.#peers.get(node) ?? {};
      const isFull = this.isFull(node);
      return { node, isLiving: this.isLiving(node), answered, failures, keepsNothing, isFull };
    });
  }

  /** Only nodes that a record has named are asked: so many are remembered. */
  #peer(node: string): Peer {
    const known = this.#peers.get(node);
    if (known !== undefined) return known;
    const made: Peer = {
      silentSince: undefined,
      answered: undefined,
      heard: undefined,
      fullUntil: 0,
      slowUntil: 0,
      failures: 0,
      failedInARow: 0,
      evadedInARow: 0,
      keepsNothing: false,
    };
    this.#peers.set(node, made);
    return made;
  }
}

/** Milliseconds that a question has. */
function timeFor(question: Question): number {
  if (question.op === "get-shard") return QUESTION_MS + (SHARD_SIZE_MAX / SHARD_RATE_MIN) * 1_000;
  if (question.op === "put-shard") return QUESTION_MS + (question.octets.length / SHARD_RATE_MIN) * 1_000;
  return QUESTION_MS;
}

function refusalOf(node: string, error: unknown): HolderRefusal {
  if (error instanceof HolderError) return error.refusal;
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "ERR_STORAGE_UNREACHABLE", message: `Holder ${node} gives no answer: ${reason}.` };
}
