/**
 * Orders for this node, which people sign where nobody can log in to it: each is taken once, is on the disk before it is carried out, and control nodes are told what came of it. Where this
 * node is a control node, it holds what others have told. docs/operate/orders.md says what the orders do. Pure.
 */
import {
  bodyOf,
  type BookEvent,
  type Fact,
  type FactBook,
  OUTCOME_TEXT_MAX,
  type OutcomeBody,
  writeEnvelope,
} from "@florenetes/facts";
import type { Answer } from "@florenetes/feed";
import type { FabricConfigErrorCode } from "../../config/config-errors.ts";
import type { AgentNews, AgentOrder } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { KeptRow } from "../kept-row.ts";
import type { AgentMail, ReceivedLetter } from "../mail/agent-mail.ts";
import type { Moment } from "../moment.ts";
import { organizationOfNode } from "../records/organization-budget.ts";
import { readRecord } from "../records/read-record.ts";
import type { UpdateStatus } from "../releases/update-status.ts";
import { POST_ANSWER_MS } from "../mail/limits.ts";
import { RecordPost } from "../mail/record-post.ts";
import { papersOf, takeSigned } from "../mail/signed-letters.ts";
import { type OwnSigner, signOwn } from "../records/sign-own.ts";
import { type KeptOrders, NO_ORDERS, readKeptOrders } from "./kept-orders.ts";
import { ORDER_KEEP_AGAIN_MS, ORDER_UNANSWERED_MS, OUTCOME_TOLD_MS } from "./limits.ts";
import type { OrderWork, WorkFault } from "./order-work.ts";
import { OutcomeShelf } from "./outcome-shelf.ts";

export interface OrdersOptions extends OwnSigner {
  readonly development: boolean;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Whether this node's own record is in force, with its key. */
  readonly isNode: () => boolean;
  readonly mail: Pick<AgentMail, "register" | "send" | "hasWay" | "readersOf">;
  /** Whether update-flor is there, as the config says: it alone goes back to former packages, and restarts programs. */
  readonly hasUpdater: boolean;
  /** Carries out what the agent does by itself. */
  readonly refetch: (at: Moment) => void;
  readonly rejoin: (at: Moment) => void;
  readonly report: (at: Moment) => string;
  /** Text of a life before; undefined: there is none. */
  readonly kept: string | undefined;
  /** Outcomes that a life before held. */
  readonly keptOutcomes: readonly (KeptRow & { readonly text: string })[];
}

/** The order that is being carried out. */
interface Doing {
  readonly id: string;
  readonly action: OutcomeBody["action"];
  /** The record; undefined: a life before has taken it. */
  readonly fact: Fact | undefined;
  /** `marks`: it is written down; `unmarked`: the disk has not taken that; `handed`: update-flor is at it. */
  phase: "marks" | "unmarked" | "handed";
  /** The number of the text that says it was taken. */
  mark: number;
  /** When the phase is over, monotonic. */
  until: number;
}

const KIND = "outcome";
const NEVER = Number.POSITIVE_INFINITY;
const TEXTS = {
  refetch: "neighbours tell all records anew, and the release is fetched once more",
  rejoin: "links that the agent had made were given up, and are made anew",
  report: "the node says how it is",
  begun: "update-flor has the order",
} as const;

export class Orders implements AgentRoom {
  readonly shelf: OutcomeShelf = new OutcomeShelf();
  /** Orders by what came of them, since the process began. */
  readonly counts: Map<string, number> = new Map();
  readonly post: RecordPost;
  readonly #options: OrdersOptions;
  readonly #work: OrderWork[] = [];
  readonly #news: AgentNews[] = [];
  #kept: KeptOrders;
  #doing: Doing | undefined;
  #isDamaged = false;
  #isStale = true;
  #isRestored = false;
  #keeps = 0;
  /** Whether there was a way to a control node at the last look, while something waited for it. */
  #hadWay = false;
  /** update-flor is at an update. */
  #isUpdating = false;
  /** When a text is to be kept again that the disk has not taken: monotonic. */
  #keepsAgainAt = NEVER;

  constructor(options: OrdersOptions) {
    this.#options = options;
    const kept = readKeptOrders(options.kept);
    this.#isDamaged = kept === "damaged";
    this.#kept = kept === "damaged" ? NO_ORDERS : kept;
    const { mail } = options;
    this.post = new RecordPost({
      mail,
      kind: KIND,
      readers: (at) => mail.readersOf(KIND, at),
      papers: ({ wall }) => papersOf(options.book(), options.node, wall),
    });
    mail.register(KIND, {
      role: "control-plane",
      answerMs: POST_ANSWER_MS,
      onLetter: (letter, at) => this.#handleLetter(letter, at),
      onDone: (done, at) => this.post.handleDone(done, at),
    });
  }

  /** The last order of this node, and how it stands. */
  get last(): KeptOrders["last"] {
    return this.#kept.last;
  }

  handleBook(event: BookEvent): void {
    if (event.kind === "row-refused" || !RELEVANT.has(event.fact.kind)) return;
    this.#isStale = true;
  }

  /** The mark of an order is on the disk, or is not. */
  handleKept(number: number, fault: WorkFault | undefined, at: Moment): void {
    const doing = this.#doing;
    if (doing?.phase !== "marks" || doing.mark !== number) {
      // The next life would tell of something else than what came of the order.
      if (fault !== undefined) this.#keepsAgainAt = at.now + ORDER_KEEP_AGAIN_MS;
      return;
    }
    if (fault === undefined) return this.#begin(doing, at);
    doing.phase = "unmarked";
    doing.until = at.now + ORDER_KEEP_AGAIN_MS;
    const reason: FabricConfigErrorCode = "ERR_FABRIC_ORDER_DISK";
    const text = `an order waits, as it cannot be written down that it was taken: ${fault.text}`;
    this.#news.push({ level: "error", code: "ORDER_NOT_DONE", about: { action: doing.action, reason }, text });
  }

  /** update-flor has the order, or it could not be given. */
  handleHanded(fault: WorkFault | undefined, at: Moment): void {
    const doing = this.#doing;
    if (doing?.phase !== "handed" || fault === undefined) return;
    this.#end(doing, { state: "failed", code: "ERR_FABRIC_ORDER_SPOOL", text: fault.text }, at);
  }

  /** Takes what update-flor says: of the last order it may say so late, when nobody counts on it any more. */
  handleUpdate({ order: said, underWay }: Pick<UpdateStatus, "order" | "underWay">, at: Moment): void {
    this.#isUpdating = underWay !== null;
    const { last } = this.#kept;
    if (said === undefined || said === null || last === undefined || said.record !== last.order) return;
    if (said.outcome === last.state && said.code === last.code) return;
    const { outcome: state, code, message = `update-flor has done it: ${last.action}` } = said;
    const { order: id, action } = last;
    this.#end({ id, action }, { state, ...(code !== undefined && { code }), text: message }, at);
  }

  advance(at: Moment): void {
    const book = this.#options.book();
    if (book === undefined) return;
    this.#restore(at);
    if (at.now >= this.#keepsAgainAt) {
      this.#keepsAgainAt = NEVER;
      this.#keep();
    }
    const doing = this.#doing;
    if (this.#isStale && doing?.phase === "handed" && doing.fact !== undefined && !this.#holds(doing.fact, at))
      this.#withdraw(
        doing,
        "ERR_FABRIC_ORDER_OVER",
        "the order was taken back, or has ended, and update-flor has not begun",
        at,
      );
    else if (doing !== undefined && at.now >= doing.until) this.#handleOver(doing, at);
    if (this.#isStale && this.#doing === undefined && this.#options.isNode()) this.#look(book, at);
    const hasWay = this.post.waiting > 0 && this.#options.mail.hasWay(KIND, at);
    if (hasWay && !this.#hadWay) this.post.handleWay();
    this.#hadWay = hasWay;
    this.post.advance(at);
  }

  nextTimeout(at: Moment): number {
    if (this.#options.book() === undefined) return NEVER;
    return Math.min(this.#doing?.until ?? NEVER, this.#keepsAgainAt, this.post.nextTimeout(at));
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  pollOrder(): AgentOrder | undefined {
    // The file of marks has the record itself.
    while (this.post.pollChange() !== undefined);
    const work = this.#work.shift();
    if (work !== undefined) return { kind: "order", work };
    const rows = this.shelf.takeRows();
    return rows.length === 0 ? undefined : { kind: "keep-outcomes", rows };
  }

  // ── Orders of this node ───────────────────────────────────────────────────────────────────────────────────────────

  /** Takes the next order that was not taken before. */
  #look(book: FactBook, at: Moment): void {
    this.#isStale = false;
    const { node } = this.#options;
    const organization = organizationOfNode(book, node, at.wall);
    // A clock that was ahead when the marks were found to be lost would keep all orders out for as long.
    const since = Math.min(this.#kept.since ?? 0, at.wall);
    if (since < (this.#kept.since ?? 0)) this.#kept = { ...this.#kept, since };
    const scopes = ["cluster", ...(organization === undefined ? [] : [`org/${organization}`])];
    for (const scope of scopes) {
      const fact = book.inForce("order", scope, node, at.wall);
      const body = fact === undefined ? undefined : bodyOf(fact, "order");
      if (fact === undefined || body === undefined || fact.epoch <= (this.#kept.taken[scope] ?? 0)) continue;
      const { taken } = this.#kept;
      if (fact.issued < since) continue;
      const last = { order: fact.id, action: body.action, state: "begun", text: "", at: at.wall } as const;
      this.#kept = { ...this.#kept, taken: { ...taken, [scope]: fact.epoch }, last };
      this.#doing = { id: fact.id, action: body.action, fact, phase: "marks", mark: this.#keep(), until: NEVER };
      return;
    }
  }

  /** Carries an order out that was written down. */
  #begin(doing: Doing, at: Moment): void {
    const { action, fact, id } = doing;
    // The disk may have had no room for long.
    if (fact === undefined || !this.#holds(fact, at)) {
      const why = "the order was taken back, or has ended, before it was begun";
      return this.#end(doing, { state: "refused", code: "ERR_FABRIC_ORDER_OVER", text: why }, at);
    }
    const text = "people have ordered it, and the node begins";
    this.#news.push({ level: "warn", code: "ORDER_TAKEN", about: { action, order: id }, text });
    if (action === "refetch" || action === "rejoin") {
      this.#options[action](at);
      return this.#end(doing, { state: "done", text: TEXTS[action] }, at);
    }
    if (action === "report")
      return this.#end(doing, { state: "done", text: TEXTS.report, report: this.#options.report(at) }, at);
    if (!this.#options.hasUpdater) {
      const why = "update-flor alone does this, and the config of this node has no `updates`";
      return this.#end(doing, { state: "refused", code: "ERR_FABRIC_ORDER_NO_UPDATER", text: why }, at);
    }
    doing.phase = "handed";
    doing.until = at.now + ORDER_UNANSWERED_MS;
    const roots = this.#options.book()!.roots.map(({ envelope }) => writeEnvelope(envelope));
    this.#work.push({ kind: "hand-over", id, record: writeEnvelope(fact.envelope), roots });
    this.#tell({ order: id, action, state: "begun", text: TEXTS.begun }, at);
  }

  #handleOver(doing: Doing, at: Moment): void {
    if (doing.phase === "unmarked") {
      [doing.phase, doing.until, doing.mark] = ["marks", NEVER, this.#keep()];
      return;
    }
    // An update that is under way comes to its end first, and may take hours.
    if (this.#isUpdating) {
      doing.until = at.now + ORDER_UNANSWERED_MS;
      return;
    }
    const text = "update-flor has not said what came of it: is it installed, and its path unit enabled?";
    this.#withdraw(doing, "ERR_FABRIC_ORDER_UNANSWERED", text, at);
  }

  /** Takes an order back from update-flor, so that it is not carried out hours later. */
  #withdraw(doing: Doing, code: FabricConfigErrorCode, text: string, at: Moment): void {
    this.#work.push({ kind: "withdraw" });
    this.#end(doing, { state: "failed", code, text }, at);
  }

  /** Whether an order is still in force. */
  #holds({ scope, id }: Fact, { wall }: Moment): boolean {
    return this.#options.book()?.inForce("order", scope, this.#options.node, wall)?.id === id;
  }

  #end(
    { id, action }: Pick<Doing, "id" | "action">,
    said: Pick<OutcomeBody, "state" | "code" | "text" | "report">,
    at: Moment,
  ): void {
    this.#doing = undefined;
    this.#isStale = true;
    this.counts.set(said.state, (this.counts.get(said.state) ?? 0) + 1);
    this.#tell({ order: id, action, ...said }, at);
    const { state, code, text } = said;
    const about = { action, order: id, ...(code !== undefined && { reason: code }) };
    if (state === "done") this.#news.push({ level: "info", code: "ORDER_DONE", about, text });
    else this.#news.push({ level: "error", code: "ORDER_NOT_DONE", about, text });
  }

  /** Signs an outcome, has it go to control nodes, and writes it down. */
  #tell(body: OutcomeBody, { wall }: Moment): void {
    const { report: _report, ...last } = body;
    // Whatever was lost of a life before: a clock gives higher epochs.
    const told = Math.max(this.#kept.told + 1, wall);
    const said = { ...body, text: asciiOf(body.text) };
    const octets = signOwn(this.#options, { kind: KIND, body: said, epoch: told }, wall);
    const posted = Buffer.from(octets).toString("base64");
    this.#kept = { ...this.#kept, told, last: { ...last, at: wall }, posted };
    this.#keep();
    this.post.add(KIND, octets, wall, wall + OUTCOME_TOLD_MS);
  }

  /** Returns the number of the text. */
  #keep(): number {
    this.#work.push({ kind: "keep", number: ++this.#keeps, text: JSON.stringify(this.#kept) });
    return this.#keeps;
  }

  /** Goes on where a life before was, once there is a root. */
  #restore(at: Moment): void {
    if (this.#isRestored) return;
    this.#isRestored = true;
    this.shelf.restore(this.#options.keptOutcomes, (octets) => readRecord(octets, this.#options.cluster));
    const { last, posted } = this.#kept;
    if (last !== undefined && posted !== undefined && at.wall < last.at + OUTCOME_TOLD_MS)
      this.post.restore({
        name: KIND,
        octets: new Uint8Array(Buffer.from(posted, "base64")),
        until: last.at + OUTCOME_TOLD_MS,
      });
    if (this.#isDamaged) {
      this.#kept = { ...this.#kept, since: at.wall };
      this.#keep();
      const text = "the file that says which orders were taken is damaged: those that were issued before now are not";
      this.#news.push({ level: "warn", code: "ORDER_MARKS_LOST", about: {}, text });
    }
    if (last?.state !== "begun") return;
    const doing: Doing = {
      id: last.order,
      action: last.action,
      fact: undefined,
      phase: "handed",
      mark: 0,
      until: NEVER,
    };
    this.#doing = doing;
    if (last.action === "back" || last.action === "restart") doing.until = at.now + ORDER_UNANSWERED_MS;
    else {
      const text = "the agent ended before it had told what came of it: order it again, with a higher epoch";
      this.#end(doing, { state: "failed", code: "ERR_FABRIC_ORDER_INTERRUPTED", text }, at);
    }
  }

  // ── Outcomes of others ────────────────────────────────────────────────────────────────────────────────────────────

  #handleLetter(letter: ReceivedLetter, at: Moment): Answer {
    const word = ({ kind, subject }: Fact): string | undefined => {
      if (kind === "node") return "taken";
      if (kind !== KIND) return "kind";
      return subject === letter.node ? undefined : "not-mine";
    };
    const take = (fact: Fact, octets: Uint8Array): string => this.shelf.take(fact, octets, letter.key);
    return takeSigned(letter, this.#options, { word, take }, at);
  }
}

/** Kinds of records on which it rests which order is the next one. */
const RELEVANT: ReadonlySet<string> = new Set(["order", "node", "root"]);

/** Words of other programs may have any characters. */
function asciiOf(text: string): string {
  return text.replaceAll(/[^ -~]/g, "?").slice(0, OUTCOME_TEXT_MAX);
}
