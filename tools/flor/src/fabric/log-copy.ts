/** Copies of a log as text, to be kept elsewhere: nobody trusts them more than a store, and they are verified as one. */
import { readFileSync } from "node:fs";
import { bodyOf, keyIdOf, readFact } from "@florenetes/facts";
import { type Entry, type LogStore, originOf, POSTS_READ_MAX, readEntry } from "@florenetes/facts/log";
import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";

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
  yield firstLine({ cluster, log });
  const signers = new Set<string>();
  let count = 0;
  let head: Pick<Entry, "hash"> = originOf(cluster, log);
  for (let from = 1; ;) {
    const { entries } = await store.read(from, READ_COUNT);
    let last: Entry | undefined;
    for (const octets of entries) {
      count++;
      yield `entry ${Buffer.from(octets).toString("base64")}`;
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
    for (const [keyId, octets] of posts) yield `post ${keyId} ${Buffer.from(octets).toString("base64")}`;
  }
  yield endLine(count, head.hash);
}

/** Reads a copy, as a store that takes nothing. @throws OperatorError ERR_FLOR_LOG_COPY */
export function openLogCopy(file: string, { cluster, log }: CopiedLog): LogStore {
  const [first, ...rest] = linesOf(file);
  if (first !== firstLine({ cluster, log }))
    throw copyError(file, `it is no copy of the log ${log} of the cluster ${cluster}`);
  const lines = rest.slice(0, -1);
  const end = rest.at(-1);
  if (end?.startsWith(END) !== true) throw copyError(file, "it is not whole: its last line does not begin with `end`");
  const entries: Uint8Array[] = [];
  const indexes: number[] = [];
  const posts = new Map<string, Uint8Array>();
  for (const [at, line] of lines.entries()) {
    const entry = ENTRY.exec(line)?.groups?.["octets"];
    const post = POST.exec(line)?.groups;
    if (entry !== undefined) {
      const octets = Buffer.from(entry, "base64");
      entries.push(octets);
      indexes.push(readEntry(octets)?.index ?? (indexes.at(-1) ?? 0) + 1);
    } else if (post !== undefined) posts.set(post["keyId"]!, Buffer.from(post["octets"]!, "base64"));
    else throw copyError(file, `line ${at + 2} is none of a copy`);
  }
  const last = entries.findLast((octets) => readEntry(octets) !== undefined);
  const head = last === undefined ? originOf(cluster, log) : readEntry(last)!;
  if (end !== endLine(entries.length, head.hash))
    throw copyError(file, "it is not whole: it has other entries than its last line says");
  const refuse = async (): Promise<never> => {
    throw copyError(file, "a copy takes nothing");
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

function firstLine({ cluster, log }: CopiedLog): string {
  return `florenetes log ${cluster} ${log}`;
}

/** The last line. @param hash that of the head, in lower-case hex */
function endLine(entries: number, hash: string): string {
  return `${END}${entries} ${hash}`;
}

/** Keys of the signers that a policy names, whether it holds or not: a post that nobody counts does no harm. */
function signersIn(record: Uint8Array, cluster: string): readonly string[] {
  const fact = readFact(record, cluster);
  const signers = typeof fact === "string" ? undefined : bodyOf(fact, "policy")?.log?.signers;
  return (signers ?? []).map(({ key }) => key);
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
