/** Carries letters among replicas: the agent of the node brings them, and takes what this one writes. */
import { setTimeout as delay } from "node:timers/promises";
import { isOperatorError } from "@florenetes/operator-text";
import { type Logger, requestAdmin } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { RoomsStatus } from "../admin/control-status.ts";
import type { FabricView } from "../fabric/fabric-view.ts";
import { type AnswerAudit, Exchange } from "../mail/exchange.ts";
import type { MailMoment, NoAnswer, Pulled, PulledOutcome } from "../mail/replica-reader.ts";
import type { KeptProposal } from "../proposals/proposal-book.ts";
import { writeLetter } from "../mail/letters.ts";
import { toldLetters, toldOutcome } from "./agent-letters.ts";
import { AUDIT_ANSWER_MS, FAULTS_TOLD_MS, LETTER_ANSWER_MS, LETTERS_PAUSE_MS, LETTERS_WAIT_S } from "./limits.ts";

export interface ReplicaMailOptions {
  /** Path of the agent's admin socket. */
  readonly path: string;
  readonly time: ProcessTime;
  readonly log: Logger;
  /** Judges a proposal of another replica. */
  readonly take: (pulled: Pulled) => Promise<PulledOutcome>;
  readonly answerAudit: AnswerAudit;
}

export class ReplicaMail implements Disposable {
  readonly #options: ReplicaMailOptions;
  readonly #exchange: Exchange;
  readonly #timer: WakeUpTimer;
  readonly #end = new AbortController();
  /** Faults of replicas that were told, and when. */
  readonly #faults = new Map<string, { readonly count: number; readonly at: number }>();
  /** Why the agent brings no letters; undefined: it does, or was not asked. */
  #fault: string | undefined;
  #isReading = false;
  /** Whether this node is a host of the service, so that its hosts are the replicas. */
  #isHost = false;

  constructor(options: ReplicaMailOptions) {
    this.#options = options;
    this.#exchange = new Exchange(Math.random, options.answerAudit);
    this.#timer = options.time.wakeUps.timer(() => this.#act());
  }

  /** Takes the hosts of the service of replicas as they are now; undefined: this one has no others. */
  handleView({ node, records }: FabricView, service: string | undefined): void {
    const record = records("service").find(
      ({ scope, subject, issuer }) => scope === "cluster" && subject === service && issuer === null,
    );
    const hosts = record?.body.hosts.map(({ node: host }) => host) ?? [];
    this.#isHost = hosts.includes(node);
    this.#exchange.handleReplicas(hosts.includes(node) ? hosts.filter((host) => host !== node) : [], this.#at());
    if (this.#exchange.readers.size > 0 && !this.#isReading) void this.#read();
    this.#act();
  }

  /** Takes all proposals that are kept, by the ids of their records. */
  handleProposals(all: ReadonlyMap<string, KeptProposal>): void {
    this.#exchange.handleProposals(all, this.#at());
    this.#act();
  }

  status(): RoomsStatus["replicas"] {
    const now = this.#options.time.now();
    const others = [...this.#exchange.readers].map(([node, { heardAt, letters, pulled, faults, faultAt }]) => ({
      node,
      heardMsAgo: heardAt === undefined ? null : now - heardAt,
      letters: Object.fromEntries(letters),
      proposals: Object.fromEntries(pulled),
      faults,
      faultMsAgo: faultAt === undefined ? null : now - faultAt,
    }));
    // The last wait for letters may fail when there are no others any more.
    return { fault: others.length === 0 ? null : (this.#fault ?? null), others };
  }

  /** The nodes of the other replicas; undefined: this one does not know which they are. */
  others(): readonly string[] | undefined {
    return this.#isHost ? [...this.#exchange.readers.keys()] : undefined;
  }

  /** Asks another replica for entries of its audit. Never rejects. */
  askAudit(node: string, question: Uint8Array): Promise<Uint8Array | NoAnswer> {
    return this.#ask(node, writeLetter({ kind: "audit", question }), AUDIT_ANSWER_MS, "unanswered");
  }

  [Symbol.dispose](): void {
    this.#timer.close();
    this.#end.abort();
  }

  #at(): MailMoment {
    const { now, wallClock } = this.#options.time;
    return { now: now(), wall: wallClock().getTime() };
  }

  /** Sends what is due, and has what was pulled judged. */
  #act(): void {
    if (this.#end.signal.aborted) return;
    const at = this.#at();
    for (let letter = this.#exchange.pollLetter(at); letter !== undefined; letter = this.#exchange.pollLetter(at))
      void this.#send(letter.to, letter.body);
    for (let pulled = this.#exchange.pollPulled(); pulled !== undefined; pulled = this.#exchange.pollPulled())
      void this.#judge(pulled);
    this.#tellFaults(at.now);
    const next = this.#exchange.nextTimeout();
    if (next !== Number.POSITIVE_INFINITY) this.#timer.set(Math.max(next, at.now + 1));
  }

  async #send(to: string, body: Uint8Array): Promise<void> {
    const answer = await this.#ask(to, body, LETTER_ANSWER_MS, "busy");
    this.#exchange.handleAnswer(to, answer, this.#at());
    this.#act();
  }

  /** @param otherwise the word where the agent says none */
  async #ask(to: string, octets: Uint8Array, timeoutMs: number, otherwise: NoAnswer): Promise<Uint8Array | NoAnswer> {
    const body = Buffer.from(octets).toString("base64");
    const route = `/letters?to=${encodeURIComponent(to)}`;
    try {
      const options = { method: "POST", body, timeoutMs, signal: this.#end.signal } as const;
      const told = toldOutcome.parse(await requestAdmin(this.#options.path, route, options));
      return told.outcome === "answered" ? Buffer.from(told.body, "base64") : told.outcome;
    } catch {
      // An agent that is silent, or has too much to do, is told of by whoever reads of it.
      return otherwise;
    }
  }

  async #judge(pulled: Pulled): Promise<void> {
    const outcome = await this.#options.take(pulled).catch((err: unknown): PulledOutcome => {
      this.#options.log.error({ code: "API_FAILED", err }, "a proposal of another replica could not be looked at");
      return "silent";
    });
    const { from: replica, id, by } = pulled;
    if (outcome === "taken" || outcome === "signed")
      this.#options.log.info({ code: "PROPOSAL_TOLD", replica, id, by, outcome }, "a replica has told of a proposal");
    this.#exchange.handlePulled(pulled, outcome, this.#at());
    this.#act();
  }

  /** Asks the agent for letters for as long as there are other replicas. */
  async #read(): Promise<void> {
    this.#isReading = true;
    const { path, log } = this.#options;
    while (this.#exchange.readers.size > 0 && !this.#end.signal.aborted) {
      const since = this.#options.time.now();
      const options = { timeoutMs: 2_000 * LETTERS_WAIT_S, signal: this.#end.signal };
      try {
        const { letters } = toldLetters.parse(await requestAdmin(path, `/letters?wait=${LETTERS_WAIT_S}`, options));
        if (this.#fault !== undefined) log.info({ code: "LETTERS_COME" }, "the agent brings letters again");
        this.#fault = undefined;
        for (const { number, node, body } of letters) void this.#answer(number, node, Buffer.from(body, "base64"));
        this.#act();
        if (letters.length === 0 && this.#options.time.now() - since < LETTERS_PAUSE_MS) await this.#pause();
      } catch (error) {
        if (this.#end.signal.aborted) break;
        const reason = isOperatorError(error) ? error.code : "ERR_ADMIN_ANSWER";
        if (this.#fault !== reason)
          log.warn({ code: "LETTERS_AWAY", reason, err: error }, "the agent brings no letters of other replicas");
        this.#fault = reason;
        await this.#pause();
      }
    }
    this.#isReading = false;
    this.#fault = undefined;
  }

  async #pause(): Promise<void> {
    await delay(LETTERS_PAUSE_MS, undefined, { signal: this.#end.signal }).catch(() => undefined);
  }

  async #answer(number: number, node: string, letter: Uint8Array): Promise<void> {
    const { outcome, body } = this.#exchange.handleLetter(node, letter, this.#at());
    const route = `/answers?letter=${number}&outcome=${outcome}`;
    const answer = Buffer.from(body).toString("base64");
    // Whoever has asked hears of it that nobody answers, and asks again.
    await requestAdmin(this.#options.path, route, { method: "POST", body: answer, signal: this.#end.signal }).catch(
      () => undefined,
    );
  }

  #tellFaults(now: number): void {
    for (const replica of this.#faults.keys()) if (!this.#exchange.readers.has(replica)) this.#faults.delete(replica);
    for (const [replica, { faults }] of this.#exchange.readers) {
      const told = this.#faults.get(replica) ?? { count: 0, at: Number.NEGATIVE_INFINITY };
      if (faults === told.count || now - told.at < FAULTS_TOLD_MS) continue;
      this.#faults.set(replica, { count: faults, at: now });
      const text = "a replica sends letters or answers that are none, and is not read for a minute";
      this.#options.log.warn({ code: "REPLICA_FAULT", replica, faults }, text);
    }
  }
}
