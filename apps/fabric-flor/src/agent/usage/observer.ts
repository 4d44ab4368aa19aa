/**
 * This node as an observer: takes the receipts of nodes of its partition, and the shares that coordinators tell, and adds each hour up a while behind its end, and again where more
 * has come. It rests while the node does not have the role. Pure.
 */
import {
  bodyOf,
  type Fact,
  type FactBook,
  type HourSubject,
  type Judgement,
  readHourSubject,
  readReceiptSubject,
  type UsageBody,
} from "@florenetes/facts";
import type { Answer } from "@florenetes/feed";
import { directoryOf } from "@florenetes/routes";
import { type Finding, hourOf, type HourRows, readReceipt, startOfHour, sumHour, usageBodyOf } from "@florenetes/usage";
import type { AgentNews } from "../agent-orders.ts";
import type { ReceivedLetter } from "../mail/agent-mail.ts";
import { NOT_READ, reasonAgainst, ToldLetters } from "../mail/signed-letters.ts";
import type { Moment } from "../moment.ts";
import { organizationOfNode } from "../records/organization-budget.ts";
import { observedBy } from "../records/observed-by.ts";
import { readRecord } from "../records/read-record.ts";
import { type OwnSigner, signOwn } from "../records/sign-own.ts";
import type { KeptChange } from "./kept-usage.ts";
import {
  HOURS_OPEN,
  OVER_MS,
  RECEIPTS_SIZE_MAX,
  SENDER_BURST,
  SENDER_PER_SECOND,
  SENDERS_MAX,
  SUM_AGAIN_MS,
  SUM_MS,
  TOLD_FINDINGS_MAX,
  USAGE_BODY_MAX,
} from "./limits.ts";

export interface ObserverOptions extends OwnSigner {
  readonly development: boolean;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Judges records as those that somebody has handed in. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
  /** Octets of receipts and shares that it holds at most; default: 32 MiB. */
  readonly room?: number;
  /** A usage record is signed. */
  readonly onUsage: (fact: Fact, octets: Uint8Array, at: Moment) => void;
}

/** A record of an hour that came from its node. It is read again when the hour is added up: octets take less room. */
interface Taken extends Pick<Fact, "id" | "kind" | "subject"> {
  readonly octets: Uint8Array;
}

interface Hour {
  /** Receipts by their subjects, and shares by their coordinators. */
  readonly receipts: Map<string, Taken>;
  readonly shares: Map<string, Taken>;
  /** Since when it is over, monotonic; undefined: it is not, by the clock of today. */
  overSince: number | undefined;
  /** When it is added up next, in milliseconds since 1970; Infinity: nothing has come since it was. */
  sumAt: number;
  /** When it was last. */
  summedAt: number;
  /** The records that were signed last, by scopes: its epoch, and its body as text. */
  readonly signed: Map<string, { readonly epoch: number; readonly text: string }>;
}

/** The last hour that was added up, for people. */
export interface SummedHour {
  readonly hour: number;
  readonly receipts: number;
  readonly missing: readonly string[];
  readonly findings: readonly Finding[];
}

const SENDERS = { burst: SENDER_BURST, perSecond: SENDER_PER_SECOND, senders: SENDERS_MAX };

export class Observer {
  /** Usage records that were signed, and claims that were above what neighbours had seen. */
  signed = 0;
  found = 0;
  last: SummedHour | undefined;
  readonly #options: ObserverOptions;
  readonly #hours = new Map<number, Hour>();
  readonly #letters: ToldLetters;
  readonly #changes: KeptChange[] = [];
  readonly #news: AgentNews[] = [];
  #size = 0;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#letters = new ToldLetters({ ...options, bounds: SENDERS });
  }

  /** Receipts and shares by what came of them. */
  get outcomes(): ReadonlyMap<string, number> {
    return this.#letters.outcomes;
  }

  /** The partition that this node observes; undefined: it has no role `observer` in force in the scope `cluster`. */
  partitionAt(wall: number): string | undefined {
    const book = this.#options.book();
    return book && observedBy(book, this.#options.node, wall);
  }

  /** Hours of which receipts are held. */
  get hours(): number {
    return this.#hours.size;
  }

  /** Takes a letter of the kind `receipts`, whose signature is by the key that it names. */
  handleLetter(letter: ReceivedLetter, at: Moment): Answer {
    const partition = this.partitionAt(at.wall);
    if (partition === undefined) return NOT_READ;
    const take = (fact: Fact, octets: Uint8Array): string => this.#take(fact, octets, partition, letter.node, at);
    return this.#letters.take(letter, () => take, at);
  }

  /** Takes a record of a life before, which was judged then. */
  restore(octets: Uint8Array, { wall }: Moment): void {
    const fact = this.#read(octets);
    const of = fact === undefined ? undefined : hourOfFact(fact);
    if (fact === undefined || of === undefined || !isOpen(of.hour, wall)) return;
    this.#hold(takenOf(fact, octets), of);
  }

  /** Takes what a life before has signed: the same is not signed again. */
  restoreSigned(fact: Fact): void {
    const { hour } = readHourSubject(fact.subject)!;
    const text = textOf(bodyOf(fact, "usage")!);
    this.#hours.get(hour)?.signed.set(fact.scope, { epoch: fact.epoch, text });
  }

  advance(at: Moment): void {
    for (const [hour, held] of this.#hours) {
      const isOver = at.wall >= endOf(hour);
      held.overSince = isOver ? (held.overSince ?? at.now) : undefined;
      if (held.overSince !== undefined && at.now >= held.overSince + OVER_MS) this.#forget(hour, held);
    }
    const partition = this.partitionAt(at.wall);
    if (partition === undefined) return;
    for (const [hour, held] of this.#hours) if (at.wall >= held.sumAt) this.#sum(hour, held, partition, at);
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout({ now, wall }: Moment): number {
    // Without the role nothing is added up, and hours end all the same.
    const isOne = this.#hours.size > 0 && this.partitionAt(wall) !== undefined;
    const due = [...this.#hours].map(([hour, { sumAt, overSince }]) => {
      const over = overSince === undefined ? now + Math.max(0, endOf(hour) - wall) : overSince + OVER_MS;
      return isOne ? Math.min(now + Math.max(0, sumAt - wall), over) : over;
    });
    return Math.min(Number.POSITIVE_INFINITY, ...due);
  }

  pollChange(): KeptChange | undefined {
    return this.#changes.shift();
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  #read(octets: Uint8Array): Fact | undefined {
    return readRecord(octets, this.#options.cluster);
  }

  #forget(hour: number, { receipts, shares }: Hour): void {
    this.#hours.delete(hour);
    for (const taken of [...receipts.values(), ...shares.values()]) {
      this.#size -= taken.octets.length;
      this.#changes.push({ name: rowOf(taken), octets: undefined });
    }
  }

  /** Returns what came of a record: `taken`, `known`, or the reason against it. */
  #take(fact: Fact, octets: Uint8Array, partition: string, sender: string, at: Moment): string {
    const { wall } = at;
    const of = hourOfFact(fact);
    if (of === undefined) return "kind";
    if (of.node !== sender) return "not-mine";
    if (!isOpen(of.hour, wall)) return "closed";
    const held = this.#hours.get(of.hour);
    const before = held?.receipts.get(fact.subject) ?? held?.shares.get(fact.subject);
    if (before !== undefined) return before.id === fact.id ? "known" : "duplicate";
    const reason = reasonAgainst(fact, this.#options, at);
    if (reason !== undefined) return reason;
    if (directoryOf(this.#options.book()!, wall).node(sender)?.partition !== partition) return "partition";
    const { room = RECEIPTS_SIZE_MAX } = this.#options;
    if (this.#size + octets.length > room) return "full";
    this.#hold(takenOf(fact, octets), of);
    this.#changes.push({ name: rowOf(fact), octets });
    return "taken";
  }

  #hold(taken: Taken, { hour }: HourSubject): void {
    const held: Hour = this.#hours.get(hour) ?? {
      receipts: new Map(),
      shares: new Map(),
      overSince: undefined,
      sumAt: startOfHour(hour + 1) + SUM_MS,
      summedAt: 0,
      signed: new Map(),
    };
    this.#hours.set(hour, held);
    (taken.kind === "receipt" ? held.receipts : held.shares).set(taken.subject, taken);
    this.#size += taken.octets.length;
    if (held.sumAt === Number.POSITIVE_INFINITY) held.sumAt = held.summedAt + SUM_AGAIN_MS;
  }

  #sum(hour: number, held: Hour, partition: string, at: Moment): void {
    held.sumAt = Number.POSITIVE_INFINITY;
    held.summedAt = at.wall;
    const receipts = new Map<string, HourRows>();
    const byNode = Map.groupBy(held.receipts.values(), ({ subject }) => readReceiptSubject(subject)!.node);
    for (const [node, parts] of byNode)
      receipts.set(node, readReceipt(parts.map(({ octets }) => bodyOf(this.#read(octets)!, "receipt")!)));
    const shares = new Map(
      [...held.shares.values()].map(({ subject, octets }) => {
        const { shares: told } = bodyOf(this.#read(octets)!, "shares")!;
        return [readHourSubject(subject)!.node, told] as const;
      }),
    );
    const organizationOf = (node: string): string | undefined =>
      organizationOfNode(this.#options.book(), node, at.wall);
    const { carried, findings, missing } = sumHour({ receipts, shares, organizationOf });
    this.last = { hour, receipts: receipts.size, missing, findings };
    this.#tellFindings(hour, findings);
    // An organization that had something before, and has nothing now, has its record say so.
    const scopes = new Set([...carried.keys()].map(scopeOf));
    for (const scope of held.signed.keys()) scopes.add(scope);
    const about = { partition, receipts: receipts.size, missing: missing.length };
    for (const scope of scopes) {
      const sums = carried.get(scope === "cluster" ? "" : scope.slice("org/".length)) ?? [];
      this.#sign(hour, held, scope, usageBodyOf(sums, about, USAGE_BODY_MAX), at);
    }
  }

  #sign(hour: number, held: Hour, scope: string, body: UsageBody, at: Moment): void {
    const text = textOf(body);
    const before = held.signed.get(scope);
    if (before?.text === text) return;
    // A life before may have signed the hour, too: time is above its epochs.
    const epoch = Math.max((before?.epoch ?? 0) + 1, Math.floor(at.wall));
    const subject = `${hour}/${this.#options.node}`;
    const octets = signOwn(this.#options, { kind: "usage", scope, subject, body, epoch }, at.wall);
    held.signed.set(scope, { epoch, text });
    this.signed++;
    this.#options.onUsage(this.#read(octets)!, octets, at);
  }

  #tellFindings(hour: number, findings: readonly Finding[]): void {
    this.found += findings.length;
    for (const { relay, neighbour = "nobody", direction, claimed, seen } of findings.slice(0, TOLD_FINDINGS_MAX)) {
      const about = { relay, neighbour, direction, hour, claimed, seen };
      const text = "a relay claims to have carried more than its neighbours have seen: the lower word counts";
      this.#news.push({ level: "warn", code: "USAGE_CLAIMED", about, text });
    }
  }
}

function scopeOf(organization: string): string {
  return organization === "" ? "cluster" : `org/${organization}`;
}

/** The hour and the node of a receipt, or of shares; undefined for all other records. */
function hourOfFact({ kind, subject }: Fact): HourSubject | undefined {
  if (kind === "receipt") return readReceiptSubject(subject);
  return kind === "shares" ? readHourSubject(subject) : undefined;
}

/** Whether receipts of an hour are taken: it has begun by any clock that may be right, and ended a while ago at most. */
function isOpen(hour: number, wall: number): boolean {
  return hour <= hourOf(wall) && wall < endOf(hour);
}

/** When receipts of an hour are taken no more, in milliseconds since 1970. */
function endOf(hour: number): number {
  return startOfHour(hour + 1 + HOURS_OPEN);
}

/** A text that is equal where bodies say the same. Who else is missing by now is no reason to sign anew. */
function textOf({ partition, receipts, relays, rest }: UsageBody): string {
  return JSON.stringify([partition, receipts, relays, rest]);
}

function takenOf({ id, kind, subject }: Fact, octets: Uint8Array): Taken {
  return { id, kind, subject, octets };
}

function rowOf({ kind, subject }: Pick<Fact, "kind" | "subject">): string {
  return `${kind} ${subject}`;
}
