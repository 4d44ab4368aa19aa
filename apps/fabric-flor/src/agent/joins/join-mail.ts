/**
 * Joins by mail: a node that cannot let anybody in itself, such as the new node, sends a join that was handed in to a control node, and has the answer for whoever asks again. A control node
 * answers once programs have signed, or after a while how far they are. Pure.
 */
import {
  bodyOf,
  copyIdOf,
  type FactBook,
  isJoinSigned,
  type Join,
  type JoinAnswer,
  type JoinReason,
  keyIdOf,
  readJoin,
  readJoinAnswer,
  type TokenBody,
  writeJoinAnswer,
} from "@florenetes/facts";
import { type Answer, type Done, Outcome } from "@florenetes/feed";
import {
  JOIN_AGAIN_MS,
  JOIN_ANSWER_MS,
  JOIN_HELD_MS,
  JOIN_SENT_MS,
  JOINS_HELD_MAX,
  JOINS_SENT_MAX,
  LOOK_MS,
} from "../limits.ts";
import type { AgentMail, ReceivedLetter } from "../mail/agent-mail.ts";
import type { Misuse } from "../misuse/misuse.ts";
import type { Moment } from "../moment.ts";
import type { Joins } from "./joins.ts";

/** The outcome of a join that was handed in: `sent` is on its way to a control node. */
export type HandedIn = JoinAnswer | { readonly outcome: "sent" };

export interface JoinMailOptions {
  readonly mail: Pick<AgentMail, "register" | "hasWay" | "send" | "answer">;
  readonly joins: Pick<Joins, "canSign" | "handleJoin" | "progress">;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Takes the record of a node that a control node has answered with: it is judged as any other. */
  readonly take: (record: Uint8Array, at: Moment) => void;
  /** Counts what others cost without use. */
  readonly misuse: Misuse;
}

/** A join that goes on by mail. */
interface Sent {
  /** The letter that waits for its answer. */
  number: number | undefined;
  answer: HandedIn;
  /** When it was sent last, and first, in monotonic milliseconds. */
  sentAt: number;
  readonly since: number;
  /** People have signed its token, as far as this node knows: nobody makes such a join without the token. */
  readonly isKnown: boolean;
}

/** A letter that waits for programs. */
interface HeldLetter {
  readonly join: Join;
  readonly until: number;
}

const KIND = "join";
const KIND_OF_MISUSE = "joins";
/** Verifications that a join costs its reader. */
const JOIN_COST = 2;
/** Reasons for which others may know more than this node: it holds few records, or signs nothing. */
const ASKED_FOR: ReadonlySet<JoinReason> = new Set(["unknown-token", "no-rule"]);
/** Reasons that tell of a join which was never right, though its bearer may be honest … */
const WRONG: ReadonlySet<JoinReason> = new Set(["form", "cluster", "unknown-token", "void-token", "signature"]);
/** … and of one that a token has signed, and that came to nothing. */
const IN_VAIN: ReadonlySet<JoinReason> = new Set(["name", "used-up"]);
/** Answers that may be others when they are asked for again. */
const PASSING: ReadonlySet<JoinReason> = new Set(["unknown-token", "no-rule", "quota", "busy", "no-answer"]);

export class JoinMail {
  readonly #options: JoinMailOptions;
  /** By the hash of the join. */
  readonly #sent = new Map<string, Sent>();
  readonly #held = new Map<number, HeldLetter>();
  #nextLook: number = Number.POSITIVE_INFINITY;

  constructor(options: JoinMailOptions) {
    this.#options = options;
    options.mail.register(KIND, {
      role: "control-plane",
      isForStrangers: true,
      answerMs: JOIN_ANSWER_MS,
      onLetter: (letter, at) => this.#handleLetter(letter, at),
      onDone: (done, at) => this.#handleDone(done, at),
    });
  }

  /** Whether a join that is refused here goes on by mail. */
  isSentOn(octets: Uint8Array, answer: JoinAnswer, at: Moment): boolean {
    const { joins, mail } = this.#options;
    if (answer.outcome !== "refused" || joins.canSign || !ASKED_FOR.has(answer.reason)) return false;
    return this.#sent.has(copyIdOf(octets)) || mail.hasWay(KIND, at);
  }

  /** Sends a join on that cannot be judged here, once for all who ask, and says what has come of it. */
  send(octets: Uint8Array, at: Moment): HandedIn {
    for (const [id, { since }] of this.#sent) if (at.now >= since + JOIN_SENT_MS) this.#sent.delete(id);
    const id = copyIdOf(octets);
    const known = this.#sent.get(id);
    if (known !== undefined) {
      const { answer, number, sentAt } = known;
      const isOpen = answer.outcome !== "joined" && (answer.outcome !== "refused" || PASSING.has(answer.reason));
      if (isOpen && number === undefined && at.now >= sentAt + JOIN_AGAIN_MS) this.#post(known, octets, at);
      return known.answer;
    }
    const join = readJoin(octets);
    if (join === undefined || !isJoinSigned(join)) return { outcome: "refused", reason: "signature" };
    const isKnown = this.#isKnown(join, at);
    if (this.#sent.size >= JOINS_SENT_MAX && !this.#makeRoom(isKnown)) return { outcome: "refused", reason: "busy" };
    const sent: Sent = { number: undefined, answer: { outcome: "sent" }, sentAt: at.now, since: at.now, isKnown };
    this.#sent.set(id, sent);
    this.#post(sent, octets, at);
    return sent.answer;
  }

  /** Answers letters whose nodes are let in by now, or have waited long enough. */
  advance(at: Moment): void {
    const { joins, mail } = this.#options;
    const book = this.#options.book();
    if (at.now < this.#nextLook || book === undefined) return;
    for (const [number, { join, until }] of this.#held) {
      const answer = joins.progress(join, book, at);
      if (answer.outcome === "waits" && at.now < until) continue;
      this.#held.delete(number);
      mail.answer(number, answered(answer), at);
    }
    this.#nextLook = this.#held.size === 0 ? Number.POSITIVE_INFINITY : at.now + LOOK_MS / 2;
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.#nextLook;
  }

  #isKnown(join: Join, { wall }: Moment): boolean {
    return this.#tokenOf(join, wall) !== undefined;
  }

  #tokenOf({ token }: Join, wall: number): TokenBody | undefined {
    const fact = this.#options.book()?.inForce("token", "cluster", keyIdOf(token), wall);
    return fact && bodyOf(fact, "token");
  }

  /**
   * Lets go of a join that was refused, or else of the oldest whose token is not known here, for one whose token is: anybody may make tokens, and joins with them. Returns whether there is
   * room now.
   */
  #makeRoom(isKnown: boolean): boolean {
    const all = [...this.#sent];
    const [id] =
      all.find(([, { number, answer }]) => number === undefined && answer.outcome === "refused") ??
      all.find(([, sent]) => isKnown && !sent.isKnown) ??
      [];
    return id !== undefined && this.#sent.delete(id);
  }

  #post(sent: Sent, octets: Uint8Array, at: Moment): void {
    sent.sentAt = at.now;
    sent.number = this.#options.mail.send(KIND, octets, at);
    sent.answer = sent.number === undefined ? { outcome: "refused", reason: "busy" } : { outcome: "sent" };
  }

  /** Whoever writes is no matter: a join says itself whose it is. */
  #handleLetter({ number, body, from, conduct }: ReceivedLetter, at: Moment): Answer | "later" {
    const join = readJoin(body);
    const organization = join && this.#tokenOf(join, at.wall)?.organization;
    if (!this.#mayLook(from, organization, at)) return answered({ outcome: "refused", reason: "busy" });
    conduct.chargeMail(JOIN_COST, at.now);
    const answer = this.#options.joins.handleJoin(body, this.#options.book(), at);
    if (answer.outcome === "refused") this.#handleRefused(answer.reason, from, organization, at);
    if (answer.outcome !== "waits" || join === undefined || this.#held.size >= JOINS_HELD_MAX) return answered(answer);
    this.#held.set(number, { join, until: at.now + JOIN_HELD_MS });
    this.#nextLook = Math.min(this.#nextLook, at.now + LOOK_MS / 2);
    return "later";
  }

  /**
   * Whether signatures are verified for a join. A neighbour that has brought too many wrong ones may have one looked at in a while, if its token is in force: so those of honest nodes behind it stand
   * behind none that name no token.
   */
  #mayLook(from: string, organization: string | undefined, at: Moment): boolean {
    const { misuse } = this.#options;
    const bearer = { by: "neighbour", name: from } as const;
    if (organization !== undefined)
      return (
        misuse.mayLook(KIND_OF_MISUSE, bearer, at) &&
        misuse.mayLook(KIND_OF_MISUSE, { by: "organization", name: organization }, at)
      );
    if (!misuse.isSlowed(KIND_OF_MISUSE, bearer, at)) return true;
    misuse.handleHeldBack(KIND_OF_MISUSE);
    return false;
  }

  /** Anybody may name a token: what was not signed by it is its organization's in no way. */
  #handleRefused(reason: JoinReason, from: string, organization: string | undefined, at: Moment): void {
    const { misuse } = this.#options;
    if (WRONG.has(reason)) misuse.count(KIND_OF_MISUSE, { by: "neighbour", name: from }, at);
    if (IN_VAIN.has(reason) && organization !== undefined)
      misuse.count(KIND_OF_MISUSE, { by: "organization", name: organization }, at);
  }

  #handleDone({ number, answer }: Done, at: Moment): void {
    const sent = [...this.#sent.values()].find((each) => each.number === number);
    const found = answerIn(answer);
    if (found.outcome === "joined") this.#options.take(found.record, at);
    if (sent === undefined) return;
    sent.number = undefined;
    sent.answer = found;
  }
}

function answered(answer: JoinAnswer): Answer {
  return { outcome: Outcome.answered, body: writeJoinAnswer(answer) };
}

function answerIn(answer: Answer | undefined): JoinAnswer {
  if (answer === undefined) return { outcome: "refused", reason: "no-answer" };
  if (answer.outcome === Outcome.busy) return { outcome: "refused", reason: "busy" };
  const read = answer.outcome === Outcome.answered ? readJoinAnswer(answer.body) : undefined;
  return read ?? { outcome: "refused", reason: "no-rule" };
}
