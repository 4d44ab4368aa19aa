/** The ends of the records that this node rests on: its own, its roles, the policies and the budget that bind it, collections that it holds, and the root. Pure; times are milliseconds since 1970. */
import { bodyOf, type Fact, type FactBook, floorOf, newestOf, slotOf } from "@florenetes/facts";
import { warningPause, WarningRhythm } from "@florenetes/scheduling";
import type { AgentNews } from "../agent-orders.ts";

export type EndState = "valid" | "expires-soon" | "expired";

/** A record that this node rests on. One that has ended is told until another has come, or the slot is void. */
export interface OwnRecord {
  readonly fact: Fact;
  readonly state: EndState;
}

const DAY_MS = 86_400_000;
/** An end is warned of so long before, as that of a certificate is, … */
const WARNING_MS = 30 * DAY_MS;
/** … but not before this part of the record's life has passed: a role lives for a week. */
const WARNING_PART = 0.5;
/** Records that are followed: a node has a few roles, and holds a few collections. */
const FOLLOWED_MAX = 256;

/** When a record is said to end soon. */
export function warningStart({ issued, expires }: Pick<Fact, "issued" | "expires">): number {
  return expires - Math.min(WARNING_MS, (expires - issued) * WARNING_PART);
}

export function endState(record: Pick<Fact, "issued" | "expires">, now: number): EndState {
  if (now >= record.expires) return "expired";
  return now >= warningStart(record) ? "expires-soon" : "valid";
}

/** Names what a record is of, for people: `the record of node a`, `the role a/relay/north`, `the policy of org/acme`. */
export function nameOf({ kind, scope, subject }: Pick<Fact, "kind" | "scope" | "subject">): string {
  if (kind === "root") return "the root";
  if (kind === "node") return `the record of node ${subject}`;
  if (kind === "policy") return `the policy of ${scope === "cluster" ? "the cluster" : scope}`;
  return `the ${kind} ${subject}${scope === "cluster" ? "" : ` of ${scope}`}`;
}

/** Warns before records end as it is done for certificates: each day, each hour in the last one and after the end. */
export class RecordEnds {
  readonly #node: string;
  /** The records of slots that this node rests on, or did until they ended. */
  readonly #records = new Map<string, Fact>();
  readonly #warnings = new WarningRhythm();

  constructor(node: string) {
    this.#node = node;
  }

  /** The records as they are at a time, the first end first. */
  at(now: number): readonly OwnRecord[] {
    const records = [...this.#records.values()].toSorted((one, other) => one.expires - other.expires);
    return records.map((fact) => ({ fact, state: endState(fact, now) }));
  }

  /** Looks at what is in force, and returns what is to be told of it. */
  look(book: FactBook, now: number): readonly AgentNews[] {
    for (const fact of this.#inForce(book, now)) {
      const slot = slotOf(fact);
      if (this.#records.has(slot) || this.#records.size < FOLLOWED_MAX) this.#records.set(slot, fact);
    }
    const news: AgentNews[] = [];
    for (const [slot, fact] of this.#records) {
      const told = this.#isOver(slot, fact, book, now) ? this.#forget(slot) : this.#judge(slot, fact, now);
      if (told !== undefined) news.push(told);
    }
    return news;
  }

  *#inForce(book: FactBook, now: number): Generator<Fact> {
    yield book.authority.root;
    // Its end may have passed while the process was not there: the book has it until it lets go of it.
    const own = book.in(slotOf({ kind: "node", scope: "cluster", subject: this.#node }));
    const newest = newestOf(own.filter((fact) => !fact.void));
    if (newest !== undefined) yield newest;
    const organization = newest === undefined ? undefined : bodyOf(newest, "node")?.organization;
    const budget = organization === undefined ? undefined : book.inForce("budget", "cluster", organization, now);
    if (budget !== undefined) yield budget;
    for (const scope of ["cluster", ...(organization === undefined ? [] : [`org/${organization}`])]) {
      const policy = book.inForce("policy", scope, scope, now);
      if (policy !== undefined) yield policy;
    }
    for (const role of book.all("role", now)) if (role.subject.startsWith(`${this.#node}/`)) yield role;
    for (const collection of book.all("collection", now))
      if (bodyOf(collection, "collection")!.holders.some(({ node }) => node === this.#node)) yield collection;
  }

  /** Whether a record is in force no more, for another reason than that its time is over: then others tell of it. */
  #isOver(slot: string, fact: Fact, book: FactBook, now: number): boolean {
    if (fact.kind === "root") return fact.id !== book.authority.root.id;
    const held = book.in(slot);
    return floorOf(held) >= fact.epoch || (now < fact.expires && !held.some(({ id }) => id === fact.id));
  }

  #forget(slot: string): undefined {
    this.#records.delete(slot);
    this.#warnings.forget(slot);
    return undefined;
  }

  #judge(slot: string, fact: Fact, now: number): AgentNews | undefined {
    const state = endState(fact, now);
    if (state === "valid") {
      if (!this.#warnings.forget(slot)) return undefined;
      return news("info", "RECORD_WARNING_OVER", fact, now, `${nameOf(fact)} does not end soon`);
    }
    if (!this.#warnings.isDue(slot, state, now, warningPause(fact.expires, now))) return undefined;
    return state === "expired"
      ? news("error", "RECORD_EXPIRED", fact, now, `${nameOf(fact)} has ended: have another one signed`)
      : news("warn", "RECORD_EXPIRES_SOON", fact, now, `${nameOf(fact)} ends soon: have the next one signed`);
  }
}

function news(level: AgentNews["level"], code: AgentNews["code"], fact: Fact, now: number, text: string): AgentNews {
  const { kind, scope, subject, epoch, expires } = fact;
  return { level, code, about: { kind, scope, subject, epoch, daysLeft: Math.floor((expires - now) / DAY_MS) }, text };
}
