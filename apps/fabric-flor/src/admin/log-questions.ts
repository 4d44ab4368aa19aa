/** Questions for entries of the node's copy of the log, at the admin socket alone: entries have records of all organizations. */
import { setImmediate } from "node:timers/promises";
import {
  bodyOf,
  describeRecord,
  type Fact,
  type FactBook,
  inForce,
  readFact,
  slotOf,
  writeEnvelope,
  writeRecordText,
} from "@florenetes/facts";
import { type Entry, LogError, type LogHead, readEntry } from "@florenetes/facts/log";
import { OperatorError, visibleJson } from "@florenetes/operator-text";
import { AdminAnswer, type AdminRoute, AdminText } from "@florenetes/process-kit";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";
import { AnswerBudget } from "./answer-budget.ts";
import { type FactHead, factHead } from "./fact-fields.ts";
import { ToldSigners } from "./told-signers.ts";

/** Entries of one answer. */
export const ENTRIES_TOLD_MAX = 64;
/** About how many characters the entries of an answer have as JSON. */
export const ENTRIES_SIZE_MAX = 1_048_576;

/** The log, as far as an agent has it. */
export interface LogState {
  /** Undefined: there is no root yet, by which a policy could name one. */
  readonly name: string | undefined;
  readonly hasStore: boolean;
  readonly store: { readonly seen: LogHead; readonly isWhole: boolean } | undefined;
  /** The last checkpoint, where it is one of this copy. */
  readonly confirmed: LogHead | undefined;
}

export interface LogQuestionsOptions {
  readonly cluster: string;
  readonly stateOf: () => LogState;
  /** Octets of entries from an index on, in their order; undefined: no store is open. */
  readonly read: (from: number, count: number) => Promise<readonly Uint8Array[] | undefined>;
  /** The records that are held; undefined while there is no root. */
  readonly bookOf: () => FactBook | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

interface CopyAnswer {
  readonly log: string | null;
  /** Entries that were read and proven, and the hash of the last one; null: the node keeps no copy. */
  readonly copy: { readonly size: number; readonly head: string; readonly isWhole: boolean } | null;
  /** The last checkpoint of this copy; null: it has none. */
  readonly checkpoint: LogHead | null;
}

interface EntryAnswer {
  readonly index: number;
  readonly prior: string;
  readonly hash: string;
  /** Null: the octets are no record of this cluster. Whoever may write the log may write anything. */
  readonly record: RecordAnswer | null;
}

interface RecordAnswer extends FactHead {
  readonly void: boolean;
  /** Whose signatures are good by the root of today. */
  readonly signed: readonly string[];
  readonly isInForce: boolean;
  readonly words: readonly string[];
}

/** An entry whose record was not asked for is told by its place in the chain alone. */
type PlaceAnswer = Omit<EntryAnswer, "record">;

/**
 * `GET /log?below=INDEX&count=NUMBER`: entries with lower indexes, the newest first, at most 64 and about a mebibyte; without `below` from the last one on. With `kind`, `scope`, `subject` or
 * `issuer` entries of other records come without `record`, and cost no verification. `from` is the lowest index that was looked at: entries from there on that are not told are not there.
 * `GET /log/entry?index=INDEX`: one entry with its octets, and the checkpoint as a record. Both cost the process a tenth of its time at most, and beyond get a 429, or fewer entries than were asked
 * for; a store that fails is told by a 503. They throw ERR_FABRIC_LOG_ENTRY.
 */
export function logQuestions(options: LogQuestionsOptions): Readonly<Record<string, AdminRoute>> {
  const { now } = options;
  const budget = new AnswerBudget(now());
  const signers = new ToldSigners();
  const work: Work = (act) => {
    const begunAt = now();
    try {
      return act();
    } finally {
      budget.handleSpent(now() - begunAt);
    }
  };
  const bounded =
    (answer: (asked: Asked) => Promise<unknown>): AdminRoute =>
    async (query) => {
      const waitMs = budget.waitMs(now());
      if (waitMs > 0) return new AdminAnswer(429, { code: "BUSY", message: `ask again in ${waitMs} ms` });
      try {
        // The log may grow while it is read: an answer is of one moment.
        return await answer({ ...options, state: options.stateOf(), query, work, signers, budget });
      } catch (error) {
        if (error instanceof LogError) return new AdminAnswer(503, { code: "STORE", message: error.message });
        throw error;
      }
    };
  return { "/log": bounded(answerEntries), "/log/entry": bounded(answerEntry) };
}

/** Does something that costs the process its time, and counts that. */
type Work = <Result>(act: () => Result) => Result;

/** A question, and the log as it was when that came. */
interface Asked extends LogQuestionsOptions {
  readonly state: LogState;
  readonly query: URLSearchParams;
  readonly work: Work;
  readonly signers: ToldSigners;
  readonly budget: AnswerBudget;
}

async function answerEntries(asked: Asked): Promise<unknown> {
  const { query, state, work, budget, now } = asked;
  const size = state.store?.seen.index ?? 0;
  const below = Math.min(size + 1, numberIn(query, "below", Number.MAX_SAFE_INTEGER) ?? size + 1);
  const count = numberIn(query, "count", ENTRIES_TOLD_MAX) ?? ENTRIES_TOLD_MAX;
  const lowest = Math.max(1, below - count);
  const found = await readRange(asked, lowest, below - 1);
  if (found === undefined) return { ...noCopy(state), from: 1, entries: [] };
  const entries: string[] = [];
  let [from, octets] = [lowest, 0];
  for (const entry of found.toReversed()) {
    if (entries.length > 0) {
      // Others of the process's tasks have their turns between two entries.
      await setImmediate();
      if (budget.waitMs(now()) > 0) {
        from = entry.index + 1;
        break;
      }
    }
    const told = work(() => visibleJson(JSON.stringify(entryAnswer(entry, asked))));
    octets += told.length;
    if (entries.length > 0 && octets > ENTRIES_SIZE_MAX) {
      from = entry.index + 1;
      break;
    }
    entries.push(told);
  }
  return work(() => {
    const head = visibleJson(JSON.stringify({ ...copyAnswer(state), from }));
    return new AdminText(`${head.slice(0, -1)},"entries":[${entries.join(",")}]}\n`, "application/json");
  });
}

async function answerEntry(asked: Asked): Promise<unknown> {
  const { query, state, work } = asked;
  const index = numberIn(query, "index", Number.MAX_SAFE_INTEGER);
  if (index === undefined) throw entryError("`index` is missing");
  const isRead = index <= (state.store?.seen.index ?? 0);
  const found = await readRange(asked, index, isRead ? index : 0);
  if (found === undefined) return { ...noCopy(state), proof: null, entry: null };
  const [entry] = found;
  return {
    ...copyAnswer(state),
    proof: work(() => checkpointProof(asked)),
    entry:
      entry === undefined
        ? null
        : work(() => ({ ...entryAnswer(entry, asked), octets: Buffer.from(entry.octets).toString("base64") })),
  };
}

/** Entries of a range that the store has; octets that are no entry, or one of another index, are as if they were not there. Undefined: no store is open. Throws a LogError. */
async function readRange(
  { state, read, work }: Asked,
  lowest: number,
  highest: number,
): Promise<readonly Entry[] | undefined> {
  if (!state.hasStore) return undefined;
  const entries: Entry[] = [];
  for (let from = lowest; from <= highest;) {
    const octets = await work(() => read(from, highest - from + 1));
    if (octets === undefined) return undefined;
    const before = from;
    for (const each of octets) {
      const entry = work(() => readEntry(each));
      if (entry === undefined || entry.index < from) continue;
      if (entry.index <= highest) entries.push(entry);
      from = entry.index + 1;
      await setImmediate();
    }
    if (from === before) break;
  }
  return entries;
}

function copyAnswer({ name, store, confirmed }: LogState): CopyAnswer {
  const { index: size = 0, hash: head = "" } = store?.seen ?? {};
  const checkpoint = confirmed === undefined ? null : { index: confirmed.index, hash: confirmed.hash };
  return { log: name ?? null, copy: { size, head, isWhole: store?.isWhole === true }, checkpoint };
}

function noCopy({ name }: LogState): CopyAnswer {
  return { log: name ?? null, copy: null, checkpoint: null };
}

/** The last checkpoint of this copy as text; null: it has none. */
function checkpointProof({ state: { name, confirmed }, bookOf, wallClock }: Asked): string | null {
  const book = bookOf();
  if (name === undefined || confirmed === undefined || book === undefined) return null;
  const slot = slotOf({ kind: "checkpoint", scope: "cluster", subject: name });
  const fact = inForce(book.in(slot), wallClock());
  return fact === undefined ? null : writeRecordText(writeEnvelope(fact.envelope));
}

const FILTERS = ["kind", "scope", "subject", "issuer"] as const;

function entryAnswer({ index, prior, hash, record }: Entry, asked: Asked): EntryAnswer | PlaceAnswer {
  const fact = readFact(record, asked.cluster);
  const isWanted = FILTERS.every((name) => {
    const wanted = asked.query.get(name);
    return wanted === null || (typeof fact !== "string" && fact[name] === wanted);
  });
  if (!isWanted) return { index, prior, hash };
  return { index, prior, hash, record: typeof fact === "string" ? null : recordAnswer(fact, hash, asked) };
}

function recordAnswer(fact: Fact, hash: string, { bookOf, wallClock, signers }: Asked): RecordAnswer {
  const book = bookOf();
  const now = wallClock();
  return {
    ...factHead(fact),
    void: fact.void === true,
    signed: book === undefined ? [] : signers.of(fact, hash, book, now),
    isInForce: book !== undefined && isInForce(fact, book, now),
    words: describeRecord(fact).split("\n"),
  };
}

function isInForce(fact: Fact, book: FactBook, now: number): boolean {
  const held = bodyOf(fact, "root") === undefined ? inForce(book.in(slotOf(fact)), now) : book.authority.root;
  return held?.id === fact.id;
}

const NUMBER = /^[1-9]\d{0,15}$/;

/** A number from 1 to `most`; undefined: the query has none. Throws ERR_FABRIC_LOG_ENTRY. */
function numberIn(query: URLSearchParams, name: string, most: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!NUMBER.test(text) || Number(text) > most) throw entryError(`\`${name}\` is no number from 1 to ${most}`);
  return Number(text);
}

function entryError(message: string): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_LOG_ENTRY";
  return new OperatorError(code, message, { advice: "Entries count from 1; `GET /log` tells the last one." });
}
