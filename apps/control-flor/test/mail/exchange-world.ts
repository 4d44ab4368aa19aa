/**
 * Replicas in virtual time: their exchanges are the real ones, and records are lines such as `web k1,k2`, the subject and who has signed. Signatures stay in the order in which they came, as
 * at agents that sort none.
 */
import { hash } from "node:crypto";
import { type Random, Scheduler } from "@florenetes/simkit";
import { Exchange } from "../../src/mail/exchange.ts";
import type { MailMoment, NoAnswer, Pulled, PulledOutcome } from "../../src/mail/replica-reader.ts";
import { TOLD_MAX } from "../../src/proposals/limits.ts";
import { isHearsay, type KeptProposal } from "../../src/proposals/proposal-book.ts";
import { WALL } from "../a-fabric.ts";

export const MINUTE_MS = 60_000;
/** An agent gives a letter up after so long. */
const UNANSWERED_MS = 40_000;
const SIGNERS = ["k1", "k2", "k3", "k4"];

export interface Faults {
  /** Letters, or their answers, that are lost. */
  readonly loss: number;
  readonly delayMsMax: number;
}

const CALM: Faults = { loss: 0, delayMsMax: 40 };

export function idOf(subject: string): string {
  return hash("sha256", subject, "hex");
}

export function keptOf(
  subject: string,
  signers: readonly string[] = [],
  rest: Partial<KeptProposal> = {},
): KeptProposal {
  const record = `${subject} ${signers.join(",")}`;
  return {
    by: "user/alice",
    toldBy: null,
    broughtAt: null,
    brought: WALL,
    state: "waits",
    reason: null,
    record,
    ...rest,
  };
}

/** Answers letters that others send to it, in any way. */
export interface End {
  readonly name: string;
  isRunning: boolean;
  readonly answer: (from: string, body: Uint8Array) => Uint8Array | NoAnswer;
}

export class SimReplica implements End {
  readonly name: string;
  readonly world: World;
  /** Kept on the disk. */
  readonly kept = new Map<string, KeptProposal>();
  /** Outcomes of proposals that were pulled. */
  readonly outcomes: PulledOutcome[] = [];
  /** Letters that it has written, by their readers. */
  readonly sent = new Map<string, number>();
  exchange!: Exchange;
  isRunning = false;
  /** Whether its agent judges nothing just now. */
  isMute = false;
  /** Whether its clock is behind, so that all records are those of a future. */
  isEarly = false;
  #cancel: (() => void) | undefined;
  #life = 0;

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
  }

  get at(): MailMoment {
    const { now } = this.world.scheduler;
    return { now, wall: WALL + Math.floor(now) };
  }

  /** Subjects with who has signed, of what waits. */
  get waits(): readonly string[] {
    const waiting = [...this.kept.values()].filter(({ state }) => state === "waits");
    return waiting.map(({ record }) => sortedRecord(record)).toSorted();
  }

  start(): void {
    this.#life++;
    this.isRunning = true;
    this.exchange = new Exchange(
      () => this.world.random.next(),
      () => undefined,
    );
    this.exchange.handleProposals(this.kept, this.at);
    this.exchange.handleReplicas(
      this.world.names.filter((name) => name !== this.name),
      this.at,
    );
    this.act();
  }

  stop(): void {
    this.isRunning = false;
    this.#cancel?.();
  }

  bring(subject: string, signers: readonly string[] = []): void {
    const id = idOf(subject);
    const former = this.kept.get(id);
    const record = recordWith(subject, [...signersOf(former?.record ?? subject), ...signers]);
    this.put(id, { ...(former ?? keptOf(subject, [], { brought: this.at.wall })), record });
  }

  put(id: string, kept: KeptProposal): void {
    this.kept.set(id, kept);
    if (!this.isRunning) return;
    this.exchange.handleProposals(this.kept, this.at);
    this.act();
  }

  answer(from: string, body: Uint8Array): Uint8Array | NoAnswer {
    const answer = this.exchange.handleLetter(from, body, this.at);
    this.act();
    return answer.outcome === "answered" ? answer.body : answer.outcome;
  }

  act(): void {
    const { exchange, at } = this;
    for (let letter = exchange.pollLetter(at); letter !== undefined; letter = exchange.pollLetter(at))
      this.#send(letter);
    for (let pulled = exchange.pollPulled(); pulled !== undefined; pulled = exchange.pollPulled()) this.#judge(pulled);
    this.#cancel?.();
    this.#cancel = this.world.scheduler.at(exchange.nextTimeout(), () => this.act());
  }

  #send({ to, body }: { readonly to: string; readonly body: Uint8Array }): void {
    this.sent.set(to, (this.sent.get(to) ?? 0) + 1);
    const life = this.#life;
    this.world.carry(this.name, to, body, (answer) => {
      if (!this.isRunning || this.#life !== life) return;
      this.exchange.handleAnswer(to, answer, this.at);
      this.act();
    });
  }

  #judge(pulled: Pulled): void {
    const life = this.#life;
    this.world.scheduler.after(5, () => {
      if (!this.isRunning || this.#life !== life) return;
      const outcome = this.isMute ? "silent" : this.#take(pulled);
      this.outcomes.push(outcome);
      this.exchange.handlePulled(pulled, outcome, this.at);
      this.act();
    });
  }

  #take({ id, text, by, from, broughtAt, brought, replaces }: Pulled): PulledOutcome {
    const [subject = ""] = text.split(" ");
    if (idOf(subject) !== id) return "other-record";
    if (subject.startsWith("bad")) return "record";
    if (this.isEarly) return "early";
    const former = this.kept.get(id);
    const told = [...this.kept.values()].filter(({ toldBy }) => toldBy !== null);
    const isReplaced = former === undefined && replaces !== undefined && this.kept.delete(replaces);
    if (former === undefined && !isReplaced && told.length >= TOLD_MAX) return "full";
    const signers = [...signersOf(former?.record ?? subject), ...signersOf(text)];
    const record = recordWith(subject, signers);
    const isConfirmed = former !== undefined && broughtAt === from && isHearsay(former, from);
    if (record === former?.record && !isConfirmed) return "known";
    const word = keptOf(subject, [], { by, toldBy: from, broughtAt, brought: Math.min(brought, this.at.wall) });
    this.put(id, { ...(isConfirmed ? word : (former ?? word)), record });
    if (former === undefined) return "taken";
    return record === former.record ? "confirmed" : "signed";
  }
}

function signersOf(record: string): readonly string[] {
  return (record.split(" ")[1] ?? "").split(",");
}

function recordWith(subject: string, signers: readonly string[]): string {
  return `${subject} ${[...new Set(signers)].filter((name) => SIGNERS.includes(name)).join(",")}`;
}

function sortedRecord(record: string): string {
  return `${record.split(" ")[0]} ${signersOf(record).toSorted().join(",")}`;
}

export class World {
  readonly scheduler = new Scheduler({ stepsMax: 2_000_000 });
  readonly random: Random;
  readonly names: readonly string[];
  readonly replicas: readonly SimReplica[];
  readonly ends = new Map<string, End>();
  faults: Faults = CALM;

  /** @param liars Ends that speak for themselves */
  constructor(random: Random, names: readonly string[], liars: readonly End[] = []) {
    this.random = random;
    this.names = [...names, ...liars.map(({ name }) => name)];
    this.replicas = names.map((name) => new SimReplica(this, name));
    for (const end of [...this.replicas, ...liars]) this.ends.set(end.name, end);
    for (const replica of this.replicas) replica.start();
  }

  replica(at: number): SimReplica {
    return this.replicas[at]!;
  }

  /** Carries a letter and its answer, as agents do: whoever has sent it hears what came of it, sooner or later. */
  carry(from: string, to: string, body: Uint8Array, handleAnswer: (answer: Uint8Array | NoAnswer) => void): void {
    const { loss, delayMsMax } = this.faults;
    if (this.random.chance(loss)) return void this.scheduler.after(UNANSWERED_MS, () => handleAnswer("unanswered"));
    const isAnswerLost = this.random.chance(loss);
    this.scheduler.after(this.random.below(delayMsMax), () => {
      const end = this.ends.get(to)!;
      const answer = end.isRunning ? end.answer(from, body) : "unanswered";
      const isLost = isAnswerLost || answer === "unanswered";
      this.scheduler.after(isLost ? UNANSWERED_MS : this.random.below(delayMsMax), () =>
        handleAnswer(isLost ? "unanswered" : answer),
      );
    });
  }

  runFor(ms: number): void {
    this.scheduler.runUntil(this.scheduler.now + ms);
  }

  /** Lets time pass until all running replicas have the same proposals; fails where they have not after so long. Returns how long it took. */
  untilSame(withinMs: number): number {
    const { scheduler } = this;
    const since = scheduler.now;
    const running = this.replicas.filter(({ isRunning }) => isRunning);
    const isSame = (): boolean => new Set(running.map(({ waits }) => waits.join("\n"))).size === 1;
    while (!isSame()) {
      if (scheduler.now - since > withinMs)
        throw new Error(`not the same after ${withinMs} ms: ${running.map(({ waits }) => waits.length).join(", ")}`);
      this.runFor(10);
    }
    return scheduler.now - since;
  }
}
