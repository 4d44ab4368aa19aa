/** Questions for what is to be kept elsewhere, at the admin socket alone: pieces that follow each other, each whole by itself. */
import { createHash } from "node:crypto";
import { keyIdOf } from "@florenetes/facts";
import {
  endCopyLine,
  type Entry,
  entryCopyLine,
  firstCopyLine,
  LogError,
  type LogHead,
  postCopyLine,
  POSTS_READ_MAX,
  readEntry,
} from "@florenetes/facts/log";
import type { AdminRoute } from "@florenetes/process-kit";
import { AdminAnswer } from "@florenetes/process-kit";
import { hourOf, startOfHour } from "@florenetes/usage";
import type { AgentLog } from "../agent/log/agent-log.ts";
import { HOURS_OPEN } from "../agent/usage/limits.ts";
import type { Usage } from "../agent/usage/usage.ts";
import { usageAnswer } from "./usage-questions.ts";

/** Entries of a piece; a store gives fewer where they are large. */
const PIECE_ENTRIES_MAX = 256;
/** About how many characters a piece of usage has. */
const PIECE_SIZE_MAX = 1_048_576;
/** Usage of an hour is handed out so many hours behind its end: observers take no receipts for it any more. */
export const HOURS_SETTLED: number = HOURS_OPEN + 1;

/** The form of it is `toldPiece` of the package blobs: those who ask read it by that. */
interface PieceAnswer {
  readonly cluster: string;
  readonly node: string;
  /** A sentence of why there is nothing to be kept; null: there may be. */
  readonly fault: string | null;
  /** Null: nothing has come since. */
  readonly piece: Piece | null;
}

interface Piece {
  /** Names of one kind and node are in the order of what they have. */
  readonly name: string;
  /** To be asked with for what comes behind it. */
  readonly cursor: string;
  readonly text: string;
  /** Whether there is nothing more behind it at present. */
  readonly isLast: boolean;
}

export interface PieceQuestionsOptions {
  readonly cluster: string;
  readonly node: string;
  readonly log: () => Pick<AgentLog, "name" | "hasStore" | "store" | "signers">;
  /** Octets of entries from an index on; undefined: no store is open. Rejects with a LogError. */
  readonly read: (from: number, count: number) => Promise<readonly Uint8Array[] | undefined>;
  /** Posts of signers beside the log, in the same way. */
  readonly posts: (keyIds: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array> | undefined>;
  readonly usage: Pick<Usage, "shelf" | "read">;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/**
 * `GET /pieces/log?after=CURSOR`: entries of this node's copy of the log behind those of the piece with that cursor, with what signers have put beside them, as a file that
 * `flor fabric log verify --copy` reads. Where signers alone have put something new, the last entry comes again with it. `GET /pieces/usage?after=CURSOR`: usage of hours whose end is 7 hours
 * ago, a line of JSON for each record. A cursor that says nothing here, as one of another log, counts as none. A store that fails is told by a 503.
 */
export function pieceQuestions(options: PieceQuestionsOptions): Readonly<Record<string, AdminRoute>> {
  const { cluster, node } = options;
  const told = (answer: { readonly fault?: string; readonly piece?: Piece | undefined }): PieceAnswer => {
    return { cluster, node, fault: answer.fault ?? null, piece: answer.piece ?? null };
  };
  return {
    "/pieces/log": async (query) => {
      try {
        return told(await logPiece(options, query.get("after") ?? ""));
      } catch (error) {
        if (error instanceof LogError) return new AdminAnswer(503, { code: "STORE", message: error.message });
        throw error;
      }
    },
    "/pieces/usage": (query) => told({ piece: usagePiece(options, query.get("after") ?? "") }),
  };
}

// ── The log ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const LOG_CURSOR = /^(?<log>[^/]{1,63})\/(?<index>\d{1,16})\/(?<hash>[0-9a-f]{64})\/(?<board>[0-9a-f]{16})$/;

async function logPiece(
  { cluster, node, log, read, posts: readPosts, wallClock }: PieceQuestionsOptions,
  after: string,
): Promise<{ readonly fault?: string; readonly piece?: Piece }> {
  const { name, hasStore, store, signers } = log();
  if (!hasStore) return { fault: "the agent keeps no copy of the log" };
  if (name === undefined || store === undefined) return { fault: "the agent has not read its copy of the log yet" };
  const kept = LOG_CURSOR.exec(after)?.groups;
  const last = kept?.["log"] === name ? { index: Number(kept["index"]), hash: kept["hash"]! } : undefined;
  const from = await firstIndex(last, store, read);
  if (from === undefined) return {};
  const keyIds = signers.map(({ key }) => keyIdOf(key)).slice(0, POSTS_READ_MAX);
  const board = [...((await readPosts(keyIds)) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const digest = digestOf(board);
  const isNewBoard = from > 1 && digest !== kept?.["board"];
  const octets = await read(from > store.seen.index && isNewBoard ? store.seen.index : from, PIECE_ENTRIES_MAX);
  // Entries that were not proven yet come with a later piece.
  const entries = (octets ?? []).map(readEntry).filter((each) => each !== undefined && each.index <= store.seen.index);
  const [first, end] = [entries[0], entries.at(-1)] as [Entry | undefined, Entry | undefined];
  if (first === undefined || end === undefined) {
    const isKept = from > store.seen.index && !isNewBoard;
    return isKept ? {} : { fault: "the agent's copy of the log does not give the entries that it has proven" };
  }
  const lines = [
    firstCopyLine(cluster, name),
    ...(entries as Entry[]).map((entry) => entryCopyLine(entry.octets)),
    ...board.map(([keyId, post]) => postCopyLine(keyId, post)),
    endCopyLine(entries.length, end.hash),
  ];
  return {
    piece: {
      name: `log.${name}.${node}.${digits(first.index)}-${digits(end.index)}.${timeIn(wallClock())}.txt`,
      cursor: `${name}/${end.index}/${end.hash}/${digest}`,
      text: `${lines.join("\n")}\n`,
      isLast: end.index >= store.seen.index,
    },
  };
}

/** The index from which on entries are new. Undefined: nobody knows yet. */
async function firstIndex(
  last: LogHead | undefined,
  { seen, isWhole }: NonNullable<AgentLog["store"]>,
  read: PieceQuestionsOptions["read"],
): Promise<number | undefined> {
  if (last === undefined) return 1;
  // A copy that is read anew reaches it again; one that ends before is another log of this name.
  if (last.index > seen.index) return isWhole ? 1 : undefined;
  const [octets] = (await read(last.index, 1)) ?? [];
  const entry = octets === undefined ? undefined : readEntry(octets);
  const isOther = entry?.index === last.index && entry.hash !== last.hash;
  return isOther ? 1 : last.index + 1;
}

function digestOf(board: readonly (readonly [string, Uint8Array])[]): string {
  const hash = createHash("sha256");
  for (const [keyId, octets] of board) hash.update(keyId).update(createHash("sha256").update(octets).digest());
  return hash.digest("hex").slice(0, 16);
}

// ── Usage ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function usagePiece({ node, usage, wallClock }: PieceQuestionsOptions, after: string): Piece | undefined {
  const to = hourOf(wallClock()) - 1 - HOURS_SETTLED;
  const lines: string[] = [];
  let [size, isLast] = [0, true];
  let [first, last]: (string | undefined)[] = [undefined, undefined];
  for (const entry of usage.shelf.entries({ from: 0, to, after })) {
    const body = usage.read(entry.octets);
    if (body === undefined) continue;
    const line = JSON.stringify({
      ...usageAnswer(entry, body),
      signed: Buffer.from(entry.octets).toString("base64"),
    });
    size += line.length + 1;
    if (lines.length > 0 && size > PIECE_SIZE_MAX) {
      isLast = false;
      break;
    }
    lines.push(line);
    first ??= entry.name;
    last = entry.name;
  }
  if (first === undefined || last === undefined) return undefined;
  const hours = [first, last].map((name) => timeIn(startOfHour(Number(name.split("/", 1)[0]))));
  const name = `usage.${node}.${hours.join("-")}.${timeIn(wallClock())}.jsonl`;
  return { name, cursor: last, text: `${lines.join("\n")}\n`, isLast };
}

function digits(index: number): string {
  return String(index).padStart(12, "0");
}

/** A time for a name, as `20261130T140533Z`. */
function timeIn(wall: number): string {
  return new Date(wall).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
