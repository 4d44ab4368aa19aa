/**
 * The mail of an agent: which records let whom read mail, and the kinds of letters that it knows. Each kind has an owner, who is asked for answers where this node reads
 * such letters, and told of the answers to its own. Pure.
 */
import { bodyOf, type FactBook, type Signer } from "@florenetes/facts";
import {
  type Answer,
  type Believed,
  type Conduct,
  type Done,
  type Letter,
  Offer,
  Outcome,
  type PostEvent,
  PostOffice,
  type ReaderRole,
} from "@florenetes/feed";
import type { AgentNews } from "../agent-orders.ts";
import type { Misuse } from "../misuse/misuse.ts";
import type { Moment } from "../moment.ts";
import { standingOf } from "../records/standing.ts";
import { OwnLetters } from "./own-letters.ts";

export interface AgentMailOptions {
  readonly cluster: string;
  readonly node: string;
  /** The node's key, which its `node` record names. */
  readonly key: Signer & { readonly key: string };
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Counts what others cost without use. */
  readonly misuse: Misuse;
}

/** A letter that this node reads. */
export interface ReceivedLetter extends Pick<Letter, "node" | "key" | "body"> {
  /** The number by which it is answered. */
  readonly number: number;
  /** The neighbour that has brought it, and its conduct: what the letter costs is charged there. */
  readonly from: string;
  readonly conduct: Conduct;
}

/** Letters of one kind. */
export interface MailKind {
  /** The role of the nodes that read them; default: any by which a node reads mail. */
  readonly role?: ReaderRole;
  /** How long an answer may take before the letter goes another way, too. Later ones are taken all the same, within a minute. */
  readonly answerMs: number;
  /** Nodes that no record names write such letters, too: their owner bounds what they cost. Default: those that do are slowed. */
  readonly isForStrangers?: boolean;
  /**
   * A letter has come, whose signature is by the key that it names: whether that is the key of the node that it names is for this owner to say. Returns the
   * answer; `later`: `answer` gives it, within a minute; `parked`: `answer` gives it when there is something to tell, and the letter costs next to nothing meanwhile.
   */
  readonly onLetter: (letter: ReceivedLetter, at: Moment) => Answer | "later" | "parked";
  /** Told what came of a letter that was sent; without an answer: nobody has answered. */
  readonly onDone: (done: Done, at: Moment) => void;
}

export interface SendOptions {
  /** The name of its reader; default: any with the role. */
  readonly to?: string;
  /** How long its answer may take; default: as the kind says. */
  readonly answerMs?: number;
}

type ReadLetter = Extract<PostEvent, { kind: "letter" }>;

const NO_BODY = new Uint8Array(0);
const BUSY: Answer = { outcome: Outcome.busy, body: NO_BODY };

export class AgentMail {
  readonly office: PostOffice;
  readonly #options: AgentMailOptions;
  readonly #kinds = new Map<string, MailKind>();
  /** Letters that wait for answers, by their numbers. */
  readonly #sent = new Map<number, { readonly kind: MailKind; readonly to: string | undefined }>();
  readonly #news: AgentNews[] = [];
  readonly #own: OwnLetters;
  #isUnanswered = false;

  constructor(options: AgentMailOptions) {
    this.#options = options;
    this.#own = new OwnLetters({ node: options.node, key: options.key.key });
    const standing = (peer: string, wall: number): "node" | "unknown" | "void" =>
      standingOf(options.book(), peer, wall).kind;
    const believed = (node: string, wall: number): Believed | undefined =>
      believedOf(options.book(), node, options.node, wall);
    this.office = new PostOffice({ ...options, believed, standing });
  }

  /** Whether the last letter of this node was not answered, by anybody. */
  get isUnanswered(): boolean {
    return this.#isUnanswered;
  }

  /** Makes a kind known: to those who send it, and, where this node has the kind's role, to those who read it. */
  register(name: string, kind: MailKind): void {
    this.#kinds.set(name, kind);
  }

  /** Whether there is a way to a reader of this kind: to the node of this name, or to any. */
  hasWay(name: string, at: Moment, to?: string): boolean {
    if (to === this.#options.node) return this.reads(name);
    return this.office.hasWay(offerOf(this.#kinds.get(name)!), at, to);
  }

  /** Names of the readers of this kind that are known, whether there is a way to them or not. This node itself may be one. */
  readersOf(name: string, { now }: Moment): string[] {
    const offer = offerOf(this.#kinds.get(name)!);
    const others = this.office.readers.known(now).filter(({ offers }) => (offers & offer) !== 0);
    return [...(this.reads(name) ? [this.#options.node] : []), ...others.map(({ node }) => node)];
  }

  /** The key that letters to a reader are sealed for, which is another one once the reader has begun anew; "": none is known, or it is this node itself. */
  keyOf(reader: string, { now }: Moment): string {
    return this.office.readers.get(reader, now)?.beacon.key ?? "";
  }

  /** Whether this node reads letters of this kind. */
  reads(name: string): boolean {
    return (this.office.own.offers & offerOf(this.#kinds.get(name)!)) !== 0;
  }

  /**
   * Sends a letter to a reader of its kind, whose owner is told once what came of it. Returns its number; undefined: too many wait for answers.
   *
   * @param body At most 15,360 octets
   */
  send(name: string, body: Uint8Array, at: Moment, options: SendOptions = {}): number | undefined {
    const kind = this.#kinds.get(name)!;
    const { to, answerMs = kind.answerMs } = options;
    if (to === this.#options.node) return this.#own.send(kind, body, answerMs, at);
    const number = this.office.send({ offer: offerOf(kind), to, kind: name, body, answerMs }, at);
    if (number !== undefined) this.#sent.set(number, { kind, to });
    return number;
  }

  /** Answers a letter that was to be answered later. Nothing happens where it has ended. */
  answer(number: number, answer: Answer, at: Moment): void {
    if (number < 0) this.#own.answer(number, answer);
    else this.office.answer(number, answer, at);
  }

  /** Records have changed: who reads mail, whether this node does, and who its neighbours are. */
  handleStandings(at: Moment): void {
    const { book, node, key } = this.#options;
    const own = believedOf(book(), node, node, at.wall);
    this.office.own.offers = own?.key === key.key && isReader(book(), node, at.wall) ? own.offers : 0;
    this.office.handleRecords(at);
  }

  /** Does what is due, and has owners told what has come. */
  advance(at: Moment): void {
    if (at.now >= this.office.nextTimeout()) this.office.handleTimeout(at);
    for (let event = this.office.pollEvent(); event !== undefined; event = this.office.pollEvent()) {
      if (event.kind === "letter") this.#handleLetter(event, at);
      else this.#handleDone(event, at);
    }
    this.#own.advance(at);
  }

  nextTimeout(): number {
    return Math.min(this.office.nextTimeout(), this.#own.nextTimeout());
  }

  /** Something that people want to know. */
  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  #handleLetter(event: ReadLetter, at: Moment): void {
    const { number, from } = event;
    const answer = this.#answerTo(event, at);
    if (answer === "parked") {
      if (!this.office.park(number)) this.office.answer(number, BUSY, at);
    } else if (answer !== "later") {
      if (answer.outcome === Outcome.unknownSender)
        this.#options.misuse.count("authentication", { by: "neighbour", name: from }, at);
      this.office.answer(number, answer, at);
    }
  }

  #answerTo({ number, letter, from, conduct }: ReadLetter, at: Moment): ReturnType<MailKind["onLetter"]> {
    const { kind, node, key, body } = letter;
    const known = this.#kinds.get(kind);
    if (known === undefined || (this.office.own.offers & offerOf(known)) === 0)
      return { outcome: Outcome.unknownKind, body: NO_BODY };
    if (known.isForStrangers !== true && !this.#mayRead(letter, from, at)) return BUSY;
    return known.onLetter({ number, node, key, body, from, conduct }, at);
  }

  /** Whether a letter is read: of a node that is slowed, once in a while; and so those of nobody who is proven, where their bearer has brought too many in vain. */
  #mayRead({ node, key }: Letter, from: string, at: Moment): boolean {
    const { book, misuse } = this.#options;
    const standing = standingOf(book(), node, at.wall);
    const isProven = standing.kind === "node" && standing.key === key;
    return misuse.mayLook(
      "authentication",
      isProven ? { by: "node", name: node } : { by: "neighbour", name: from },
      at,
    );
  }

  #handleDone(done: Done, at: Moment): void {
    const sent = this.#sent.get(done.number);
    this.#sent.delete(done.number);
    const isUnanswered = done.answer === undefined;
    // The silence of one reader says nothing of the others.
    if (isUnanswered !== this.#isUnanswered && (sent?.to === undefined || !isUnanswered)) {
      this.#isUnanswered = isUnanswered;
      this.#news.push(isUnanswered ? UNANSWERED : ANSWERED);
    }
    sent?.kind.onDone(done, at);
  }
}

/** The roles by which a kind of letters is read: bits of `Offer`. */
function offerOf({ role }: Pick<MailKind, "role">): number {
  return role === undefined ? ANY_OFFER : Offer[role];
}

const UNANSWERED: AgentNews = {
  level: "warn",
  code: "MAIL_UNANSWERED",
  about: {},
  text: "no control node or coordinator that sends beacons answers this node's mail",
};
const ANSWERED: AgentNews = {
  level: "info",
  code: "MAIL_ANSWERED",
  about: {},
  text: "mail of this node is answered again",
};

/** The roles that a node holds by records in force: bits of `Offer`. */
function rolesOf(book: FactBook, node: string, wall: number): number {
  let offers = 0;
  for (const { scope, subject } of book.rolesOf(node)) {
    const offer = scope === "cluster" ? Offer[subject.split("/")[1] as ReaderRole] : undefined;
    if (offer === undefined || (offers & offer) !== 0) continue;
    if (book.inForce("role", scope, subject, wall) !== undefined) offers |= offer;
  }
  return offers;
}

function isReader(book: FactBook | undefined, node: string, wall: number): boolean {
  return book !== undefined && rolesOf(book, node, wall) !== 0;
}

/**
 * Whom records let read mail: a node with a role for it; and, while this node is none by records in force, a seed of the cluster whose `node` record is not here,
 * in whatever role it says, as who is no node yet gets no such records.
 */
function believedOf(book: FactBook | undefined, node: string, own: string, wall: number): Believed | undefined {
  const standing = standingOf(book, node, wall);
  if (book === undefined || standing.kind === "void") return undefined;
  if (standing.kind === "node") {
    const offers = rolesOf(book, node, wall);
    return offers === 0 ? undefined : { key: standing.key, offers };
  }
  if (standingOf(book, own, wall).kind === "node") return undefined;
  const seeds = book.inForce("seeds", "cluster", "seeds", wall);
  const seed = (seeds === undefined ? undefined : bodyOf(seeds, "seeds"))?.seeds.find((each) => each.node === node);
  return seed === undefined ? undefined : { key: seed.key, offers: ANY_OFFER };
}

const ANY_OFFER: number = Object.values(Offer).reduce((all, offer) => all | offer, 0);
