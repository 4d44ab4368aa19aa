/** Copies of a log as text, to be kept elsewhere: nobody trusts them more than a store, and they are verified as one. */
import { readFileSync } from "node:fs";
import { keyIdOf } from "@florenetes/facts";
import {
  endCopyLine,
  type Entry,
  entryCopyLine,
  firstCopyLine,
  type LogHead,
  type LogStore,
  originOf,
  postCopyLine,
  POSTS_READ_MAX,
  readBoard,
  readEntry,
} from "@florenetes/facts/log";
import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { signersIn } from "./log-entries.ts";

export interface CopiedLog {
  readonly cluster: string;
  /** The log's name. */
  readonly log: string;
}

const READ_COUNT = 256;
const ENTRY = /^entry (?<octets>[A-Za-z0-9+/]+={0,2})$/;
const POST = /^post (?<keyId>[0-9a-f]{64}) (?<octets>[A-Za-z0-9+/]+={0,2})$/;
const END = "end ";

/**
 * The lines of a copy: `florenetes log CLUSTER LOG`, `entry` and the octets of each entry in base64, then `post`, the key id and the octets of what each of
 * the log's signers has put beside it, and `end`, the number of entries and the hash of the last one: without it a copy that was cut would pass as whole.
 */
export async function* copyLog(store: LogStore, { cluster, log }: CopiedLog): AsyncGenerator<string> {
  yield firstCopyLine(cluster, log);
  const signers = new Set<string>();
  let count = 0;
  let head: Pick<Entry, "hash"> = originOf(cluster, log);
  for (let from = 1; ;) {
    const { entries } = await store.read(from, READ_COUNT);
    let last: Entry | undefined;
    for (const octets of entries) {
      count++;
      yield entryCopyLine(octets);
      const entry = readEntry(octets);
      if (entry === undefined) continue;
      last = entry;
      for (const key of signersIn(entry.record, cluster)) signers.add(keyIdOf(key));
    }
    head = last ?? head;
    if (last === undefined || last.index < from) break;
    from = last.index + 1;
  }
  const keyIds = [...signers];
  for (let at = 0; at < keyIds.length; at += POSTS_READ_MAX) {
    const posts = await store.posts(keyIds.slice(at, at + POSTS_READ_MAX));
    for (const [keyId, octets] of posts) yield postCopyLine(keyId, octets);
  }
  yield endCopyLine(count, head.hash);
}

interface CopiedFile {
  readonly entries: readonly Uint8Array[];
  readonly posts: ReadonlyMap<string, Uint8Array>;
  readonly last: LogHead;
}

/**
 * Reads copies of one log, as a store that takes nothing. Parts of it may stand in several files, in any order and more than once: an entry that several have is one.
 *
 * @throws OperatorError ERR_FLOR_LOG_COPY, also where two files have different entries of one index
 */
export function openLogCopy(files: readonly string[], { cluster, log }: CopiedLog): LogStore {
  const copies = [...new Set(files)].map((file) => ({ file, ...readCopy(file, { cluster, log }) }));
  const rows = joined(copies);
  const indexes = rows.map(({ index }) => index);
  const entries = rows.map(({ octets }) => octets);
  const posts = lastPosts(copies, entries, { cluster, log });
  const head = copies.toSorted((a, b) => a.last.index - b.last.index).at(-1)!.last;
  const refuse = async (): Promise<never> => {
    throw copyError(files[0]!, "a copy takes nothing");
  };
  return {
    head: async () => ({ head: { index: head.index, hash: head.hash }, isCurrent: true }),
    read: async (from, count) => {
      const at = indexes.findIndex((index) => index >= from);
      return { entries: at === -1 ? [] : entries.slice(at, at + count), isCurrent: true };
    },
    posts: async (keyIds) => new Map([...posts].filter(([keyId]) => keyIds.includes(keyId))),
    append: refuse,
    drop: refuse,
    post: refuse,
    close: () => undefined,
  };
}

/** The last post of each signer whose key a policy among the entries names. A copy that somebody has made up has other octets in its place, or an old post: it takes no newer one away. */
function lastPosts(
  copies: readonly CopiedFile[],
  entries: readonly Uint8Array[],
  { cluster, log }: CopiedLog,
): ReadonlyMap<string, Uint8Array> {
  const records = entries.flatMap((octets) => readEntry(octets)?.record ?? []);
  const keys = new Map(records.flatMap((record) => signersIn(record, cluster)).map((key) => [keyIdOf(key), key]));
  const last = new Map<string, { readonly epoch: number; readonly octets: Uint8Array }>();
  for (const [keyId, octets] of copies.flatMap(({ posts }) => [...posts])) {
    const key = keys.get(keyId);
    if (key === undefined) continue;
    const [proposal] = readBoard(new Map([[keyId, octets]]), { cluster, log, signers: [{ key }] });
    if (proposal === undefined || proposal.fact.epoch < (last.get(keyId)?.epoch ?? 0)) continue;
    last.set(keyId, { epoch: proposal.fact.epoch, octets });
  }
  return new Map([...last].map(([keyId, { octets }]) => [keyId, octets]));
}

interface CopiedRow {
  readonly index: number;
  readonly octets: Uint8Array;
  readonly file: string;
}

/** The entries of all files in the order of their indexes, each once. @throws OperatorError ERR_FLOR_LOG_COPY */
function joined(
  copies: readonly { readonly file: string; readonly entries: readonly Uint8Array[] }[],
): readonly CopiedRow[] {
  /** The rows of one file at each index: those of others are the same. */
  const byIndex = new Map<number, CopiedRow[]>();
  for (const { file, entries } of copies) {
    let before = 0;
    for (const octets of entries) {
      // Octets that are no entry stand behind the one before them, as in the store.
      const index = readEntry(octets)?.index ?? before + 1;
      before = index;
      const known = byIndex.get(index);
      if (known === undefined) byIndex.set(index, [{ index, octets, file }]);
      else if (known[0]!.file === file) known.push({ index, octets, file });
      else if (!known.some((row) => Buffer.compare(row.octets, octets) === 0))
        throw copyError(file, `its entry ${index} is another one than in ${known[0]!.file}: leave one of them out`);
    }
  }
  return [...byIndex.values()].flat().toSorted((a, b) => a.index - b.index);
}

/** @throws OperatorError ERR_FLOR_LOG_COPY */
function readCopy(file: string, { cluster, log }: CopiedLog): CopiedFile {
  const [first, ...rest] = linesOf(file);
  if (first !== firstCopyLine(cluster, log))
    throw copyError(file, `it is no copy of the log ${log} of the cluster ${cluster}`);
  const end = rest.at(-1);
  if (end?.startsWith(END) !== true) throw copyError(file, "it is not whole: its last line does not begin with `end`");
  const entries: Uint8Array[] = [];
  const posts = new Map<string, Uint8Array>();
  for (const [at, line] of rest.slice(0, -1).entries()) {
    const entry = ENTRY.exec(line)?.groups?.["octets"];
    const post = POST.exec(line)?.groups;
    if (entry !== undefined) entries.push(Buffer.from(entry, "base64"));
    else if (post !== undefined) posts.set(post["keyId"]!, Buffer.from(post["octets"]!, "base64"));
    else throw copyError(file, `line ${at + 2} is none of a copy`);
  }
  const octets = entries.findLast((each) => readEntry(each) !== undefined);
  const last = octets === undefined ? originOf(cluster, log) : readEntry(octets)!;
  if (end !== endCopyLine(entries.length, last.hash))
    throw copyError(file, "it is not whole: it has other entries than its last line says");
  return { entries, posts, last };
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (cause) {
    throw copyError(file, `it cannot be read: ${(cause as Error).message}`, cause);
  }
}

function copyError(file: string, message: string, cause?: unknown): OperatorError {
  const code = "ERR_FLOR_LOG_COPY" satisfies keyof typeof FLOR_ERRORS;
  return new OperatorError(code, message, {
    where: { file },
    advice: FLOR_ERRORS[code].advice,
    cause,
  });
}
