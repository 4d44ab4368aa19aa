/**
 * The written rule `tokens`: a program's key signs the record of a node that shows a token. Programs show each other the joins that they know on the board of the log's store, with their
 * signatures: each judges every join itself, and the record follows from join and token. Pure: its owner tells it what happens, and does what `pollOrder` says.
 */
import {
  bodyOf,
  type BookEvent,
  type Fact,
  type FactBook,
  isAdmittedBy,
  type Join,
  type JoinAnswer,
  type JoinGrounds,
  type JoinJudgement,
  type JoinQuota,
  type JoinReason,
  joinSizeOf,
  judgeAgain,
  judgeJoin,
  readEnvelope,
  recordIdOf,
  writeEnvelope,
  writeJoin,
} from "@florenetes/facts";
import { joinsPlaceOf, POST_PARTS_MAX, readPost } from "@florenetes/facts/log";
import type { AgentNews } from "../agent-orders.ts";
import { JOINS_A_TOKEN, JOINS_MAX, LOOK_MS, RETRY_MS, TOKEN_KEPT_MS, TOKEN_TURN_MS } from "../limits.ts";
import type { Moment } from "../moment.ts";
import { Meeting } from "../programs/meeting.ts";
import type { ProgramOrder } from "../programs/program-orders.ts";
import { addSignature, pollWhole, workOf } from "../programs/work.ts";
import { JoinBudgets } from "./join-budgets.ts";
import { type Admissible, inOrder, payloadOf, placeOf, type Waiting } from "./waiting-join.ts";
import type { KeptUses } from "../../config/token-uses-file.ts";
import { TokenUses } from "../programs/token-uses.ts";

/** A key that lets nodes in. */
export interface Admitter {
  readonly keyId: string;
  /** The nodes that it has let in before; or the code of why nobody knows that any more: then it signs nothing. */
  readonly uses: KeptUses | string;
}

/** The log's store at this node. */
interface LogSight {
  readonly hasStore: boolean;
  /** All of the log was read, and nothing keeps the node from reading on. */
  readonly isRead: boolean;
}

/** Records as they were lately: there may be many, and each join asks for them. */
interface Shown {
  /** When they are looked at anew, in monotonic milliseconds. */
  readonly until: number;
  /** Records of nodes by the times when they were issued. */
  readonly nodes: ReadonlyMap<number, readonly Fact[]>;
  /** Records of nodes by the organizations of these. */
  readonly members: ReadonlyMap<string, readonly Fact[]>;
  /** Names of services' hosts. */
  readonly hosts: ReadonlySet<string>;
}

const SIGNATURE_SIZE = 64;
/** So long other programs' nodes may go unseen: this program signs no more for a token than it is for anyway. */
const SHOWN_MS = LOOK_MS / 4;

export class Joins {
  /** Why the key has not signed the last time, as a stable code; undefined: it has. */
  fault: string | undefined;
  /** How many records of nodes were signed here. */
  signed = 0;
  /** Joins that were handed in here and refused, by the reasons. */
  readonly refused: Map<JoinReason, number> = new Map();
  readonly #cluster: string;
  readonly #meeting: Meeting;
  readonly #uses: TokenUses;
  readonly #budgets = new JoinBudgets();
  readonly #isBroken: boolean;
  readonly #orders: ProgramOrder[] = [];
  readonly #news: AgentNews[] = [];
  /** By token, name and key: whoever asks again with a newer join is the same. */
  readonly #waiting = new Map<string, Waiting>();
  #shown: Shown | undefined;
  #log: LogSight = { hasStore: false, isRead: false };
  #hasTokens = false;
  #nextLook: number = Number.NEGATIVE_INFINITY;
  #signsAgainAt: number = Number.NEGATIVE_INFINITY;

  /** @param admitter Undefined: the agent has no key with the rule, and signs nothing */
  constructor(cluster: string, admitter: Admitter | undefined) {
    this.#cluster = cluster;
    this.#meeting = new Meeting(admitter?.keyId, joinsPlaceOf);
    const { uses = {} } = admitter ?? {};
    this.#isBroken = typeof uses === "string";
    this.fault = typeof uses === "string" ? uses : undefined;
    this.#uses = new TokenUses(typeof uses === "string" ? {} : uses);
  }

  get hasRule(): boolean {
    return this.#meeting.keyId !== undefined;
  }

  /** Whether the root lists the key as a program's. */
  get isListed(): boolean {
    return this.#meeting.isListed;
  }

  /** Whether this program can meet as many as have to sign: one alone needs no board. */
  get canMeet(): boolean {
    return this.#log.hasStore || this.#meeting.threshold <= 1;
  }

  /** Whether this program signs nothing yet: in a part of the log that it has not read, names may be taken. */
  get isBehind(): boolean {
    return this.canSign && this.#meeting.threshold > 1 && !this.#log.isRead;
  }

  /** Whether this agent lets nodes in. */
  get canSign(): boolean {
    return this.isListed && this.canMeet && !this.#isBroken;
  }

  /** How many nodes wait for signatures. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** How much of its budget an organization has used, as this program counts it. */
  usedOf(organization: string, book: FactBook, at: Moment): Readonly<Record<JoinQuota["of"], number>> {
    const members = this.#look(book, at).members.get(organization) ?? [];
    return { ...this.#budgets.usedOf(organization, members, at), candidates: this.#waitingOf(organization).length };
  }

  /** Something that people want to know. */
  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  /** Takes what has changed in the book. */
  handleEvent(event: BookEvent): void {
    if (!this.hasRule || event.kind === "row-refused") return;
    if (event.fact.kind === "root" || event.fact.kind === "token") this.#nextLook = Number.NEGATIVE_INFINITY;
  }

  /** Judges a join that somebody has handed in. */
  handleJoin(octets: Uint8Array, book: FactBook | undefined, at: Moment): JoinAnswer {
    if (book === undefined) {
      this.#countRefused("no-rule");
      return { outcome: "refused", reason: "no-rule" };
    }
    const answer = this.#answer(judgeJoin(octets, this.#grounds(book, at)), book, at);
    if (answer.outcome === "refused") this.#countRefused(answer.reason);
    return answer;
  }

  /** Says how far a join is that was handed in before, whose signatures are known to be right. */
  progress(join: Join, book: FactBook, at: Moment): JoinAnswer {
    return this.#answer(judgeAgain(join, this.#grounds(book, at)), book, at);
  }

  /** Looks what is due. @param log Whether this node keeps the log in a store, which has a board, and has read it */
  advance(book: FactBook | undefined, { hasStore, isRead }: LogSight, at: Moment): void {
    // Records that a start has put back are verified first, a little in each turn.
    if (!this.hasRule || book === undefined || book.nextTimeout() === 0 || at.now < this.#nextLook) return;
    this.#log = { hasStore, isRead };
    this.#meeting.follow(book, at.wall);
    this.#nextLook = at.now + LOOK_MS;
    if (!this.canSign) return;
    this.#hasTokens = book.all("token", at.wall).next().done !== true;
    this.#judgeAll(book, at);
    if (at.now >= this.#signsAgainAt && !this.isBehind) this.#orderSignatures(book, at);
    // Joins that were shown to others are of interest while there are tokens.
    if (this.#meeting.threshold > 1 && this.#hasTokens) this.#orders.push(...this.#meeting.orders(this.#parts()));
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.isListed && (this.#hasTokens || this.#waiting.size > 0) ? this.#nextLook : Number.POSITIVE_INFINITY;
  }

  pollOrder(): ProgramOrder | undefined {
    return this.#orders.shift();
  }

  /**
   * Takes records that the program's key has signed, and the code of what kept it from signing the others. Returns the records that a quorum has signed, which are to be offered
   * to the book.
   */
  handleSigned(records: readonly Uint8Array[], fault: string | undefined, { now }: Moment): readonly Uint8Array[] {
    this.fault = fault;
    this.#signsAgainAt = fault === undefined ? now : now + RETRY_MS;
    this.#nextLook = Number.NEGATIVE_INFINITY;
    for (const octets of records) if (this.#addOwn(octets)) this.signed++;
    return this.#pollWhole();
  }

  /** The last post did not come to the board: it is posted again. */
  handleNotPosted(): void {
    this.#meeting.handleNotPosted();
  }

  /** Takes posts by their places. Returns the records that a quorum has signed, which are to be offered to the book. */
  handlePosts(posts: ReadonlyMap<string, Uint8Array>, book: FactBook, at: Moment): readonly Uint8Array[] {
    if (!this.isListed) return [];
    for (const [keyId, octets] of this.#meeting.read(posts))
      for (const part of readPost(octets)) this.#takePart(part, keyId, book, at);
    return this.#pollWhole();
  }

  // ── Within ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #answer(judgement: JoinJudgement, book: FactBook, at: Moment): JoinAnswer {
    if (judgement.outcome === "refused") return { outcome: "refused", reason: judgement.reason };
    if (judgement.outcome === "joined") return { outcome: "joined", record: writeEnvelope(judgement.record.envelope) };
    if (!this.canSign) return { outcome: "refused", reason: "no-rule" };
    const quota = this.#quotaOf(judgement, book, at);
    if (quota !== undefined) return { outcome: "refused", reason: "quota", quota };
    const waiting = this.#take(judgement, at);
    if (waiting === undefined) return { outcome: "refused", reason: "busy" };
    return { outcome: "waits", signed: waiting.work.signed.size, needed: this.#meeting.threshold };
  }

  #countRefused(reason: JoinReason): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    const text = "a node with a token was not let in";
    if (this.hasRule) this.#news.push({ level: "warn", code: "JOIN_REFUSED", about: { reason }, text });
  }

  /** The limit of a budget by which a node may not come in now; undefined: it may. One that this token has let in before may come again. */
  #quotaOf({ join, token }: Admissible, book: FactBook, at: Moment): JoinQuota | undefined {
    if (this.#admittedBy(token, book, at).get(join.node) === join.key) return undefined;
    const { organization } = bodyOf(token, "token")!;
    const others = this.#waitingOf(organization).filter((each) => placeOf(each) !== placeOf(join));
    const waiting = others.map(({ time }) => time);
    const isNew = !this.#waiting.has(placeOf(join));
    return this.#budgets.quotaOf(
      join,
      organization,
      { book, members: this.#look(book, at).members, waiting },
      isNew,
      at,
    );
  }

  #grounds(book: FactBook, at: Moment): JoinGrounds {
    return {
      cluster: this.#cluster,
      held: book,
      now: at.wall,
      admittedBy: (token) => this.#admittedBy(token, book, at),
      isHost: (node) => this.#look(book, at).hosts.has(node),
      isGivenToOther: (node, key) => this.#uses.hasOther(node, key),
    };
  }

  /** The nodes that a token has let in, as far as records show, and as far as this program remembers. */
  #admittedBy(token: Fact, book: FactBook, at: Moment): ReadonlyMap<string, string> {
    const shown = (this.#look(book, at).nodes.get(token.issued) ?? []).filter((fact) => isAdmittedBy(token, fact));
    return new Map([
      ...shown.map((fact) => [fact.subject, bodyOf(fact, "node")!.key] as const),
      ...this.#uses.of(token.subject),
    ]);
  }

  #look(book: FactBook, { now, wall }: Moment): Shown {
    if (this.#shown === undefined || now >= this.#shown.until) {
      const [services, nodes] = [[...book.all("service", wall)], [...book.all("node", wall)]];
      this.#shown = {
        until: now + SHOWN_MS,
        nodes: Map.groupBy(nodes, ({ issued }) => issued),
        members: Map.groupBy(nodes, (fact) => bodyOf(fact, "node")!.organization),
        hosts: new Set(services.flatMap((fact) => bodyOf(fact, "service")?.hosts.map(({ node }) => node) ?? [])),
      };
    }
    return this.#shown;
  }

  /** Joins with tokens of an organization. */
  #waitingOf(organization: string): readonly Join[] {
    const all = [...this.#waiting.values()];
    return all.filter(({ token }) => bodyOf(token, "token")!.organization === organization).map(({ join }) => join);
  }

  /** Takes a node that may come in; undefined: there is no room for it. */
  #take({ join, token }: Admissible, { now }: Moment): Waiting | undefined {
    const place = placeOf(join);
    const known = this.#waiting.get(place);
    if (known !== undefined) {
      if (join.time > known.join.time) known.join = join;
      return known;
    }
    const rivals = [...this.#waiting.values()].filter((each) => each.token.subject === token.subject).length;
    const most = bodyOf(token, "token")!.count + JOINS_A_TOKEN;
    if (this.#waiting.size >= JOINS_MAX || rivals >= most) return undefined;
    const waiting = { join, token, work: workOf(payloadOf(token, join)), since: now };
    this.#waiting.set(place, waiting);
    this.#nextLook = Number.NEGATIVE_INFINITY;
    return waiting;
  }

  /** Takes a part of another program's post: a join, and its signature on the record that follows, where it has signed. */
  #takePart(part: Uint8Array, keyId: string, book: FactBook, at: Moment): void {
    const size = joinSizeOf(part);
    if (size === undefined) return;
    const octets = part.subarray(0, size);
    const known = [...this.#waiting.values()].find(({ join }) => Buffer.compare(writeJoin(join), octets) === 0);
    const judgement = known === undefined ? judgeJoin(octets, this.#grounds(book, at)) : undefined;
    const isTaken = judgement?.outcome === "admissible" && this.#quotaOf(judgement, book, at) === undefined;
    const waiting = isTaken ? this.#take(judgement, at) : known;
    const key = this.#meeting.keyOf(keyId);
    if (waiting === undefined || key === undefined || part.length !== size + SIGNATURE_SIZE) return;
    // A signature makes it this program's turn.
    if (addSignature(waiting.work, { keyId, octets: part.subarray(size) }, key))
      this.#nextLook = Number.NEGATIVE_INFINITY;
  }

  /** Judges all anew: tokens end and are used up, names are taken. */
  #judgeAll(book: FactBook, at: Moment): void {
    const grounds = this.#grounds(book, at);
    for (const [place, waiting] of this.#waiting) {
      const judgement = judgeAgain(waiting.join, grounds);
      if (judgement.outcome !== "admissible") this.#waiting.delete(place);
      else if (judgement.token.id !== waiting.token.id) {
        // People have signed the token anew: another record follows from it.
        waiting.token = judgement.token;
        waiting.work = workOf(payloadOf(judgement.token, waiting.join));
      }
    }
  }

  /** Has those signed whose turn it is, as many as their tokens are for: what others have signed comes first. */
  #orderSignatures(book: FactBook, at: Moment): void {
    const { now, wall } = at;
    const own = this.#meeting.keyId!;
    const records: Uint8Array[] = [];
    for (const { join, token, work, since } of inOrder(this.#waiting.values())) {
      if (work.signed.has(own) || (work.signed.size === 0 && now < since + this.#pause(token))) continue;
      const admitted = this.#admittedBy(token, book, at);
      const { node, key } = join;
      // Two keys that wait under one name are both admissible until one of them is written down.
      if (this.#uses.hasOther(node, key) || (admitted.get(node) ?? key) !== key) continue;
      const { organization, count } = bodyOf(token, "token")!;
      if (!admitted.has(node) && admitted.size >= count) continue;
      if (this.#quotaOf({ join, token }, book, at) !== undefined) continue;
      if (!admitted.has(node)) this.#budgets.handleSigned(organization, node, at);
      this.#uses.add(token.subject, node, key, token.issued + TOKEN_KEPT_MS);
      records.push(writeEnvelope({ payload: work.payload, signatures: [] }));
    }
    if (records.length === 0) return;
    this.#signsAgainAt = Number.POSITIVE_INFINITY;
    this.#orders.push({ kind: "sign", records, remembered: this.#uses.kept(wall) });
  }

  /** How long this program waits for those before it: so one decides which node comes first, and the others follow. */
  #pause({ subject }: Fact): number {
    const programs = this.#meeting.programs();
    const first = Number.parseInt(subject.slice(0, 8), 16) % programs.length;
    const place = programs.indexOf(this.#meeting.keyId!);
    return this.#meeting.threshold <= 1 ? 0 : ((place - first + programs.length) % programs.length) * TOKEN_TURN_MS;
  }

  /** The parts of this program's post: joins, each with its signature where it has signed. */
  #parts(): readonly Uint8Array[] {
    return inOrder(this.#waiting.values())
      .slice(0, POST_PARTS_MAX)
      .map(({ join, work }) => {
        const signature = work.signed.get(this.#meeting.keyId!);
        return Buffer.concat([writeJoin(join), signature?.octets ?? Buffer.alloc(0)]);
      });
  }

  #addOwn(octets: Uint8Array): boolean {
    const envelope = readEnvelope(octets);
    const own = this.#meeting.keyId!;
    const key = this.#meeting.keyOf(own);
    if (typeof envelope === "string" || key === undefined) return false;
    const id = recordIdOf(envelope.payload);
    const waiting = [...this.#waiting.values()].find(({ work }) => recordIdOf(work.payload) === id);
    const signature = envelope.signatures.find(({ keyId }) => keyId === own);
    return waiting !== undefined && signature !== undefined && addSignature(waiting.work, signature, key);
  }

  #pollWhole(): readonly Uint8Array[] {
    const works = [...this.#waiting.values()].map(({ work }) => work);
    return this.isListed ? pollWhole(works, this.#meeting.threshold) : [];
  }
}
