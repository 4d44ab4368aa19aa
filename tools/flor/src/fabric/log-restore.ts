/** Brings a copy of a log back into a store, whose log goes on behind it. */
import { keyIdOf } from "@florenetes/facts";
import {
  APPEND_ENTRIES_MAX,
  APPEND_SIZE_MAX,
  type Entry,
  type LogHead,
  type LogStore,
  POSTS_READ_MAX,
} from "@florenetes/facts/log";
import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { entriesOf, signersIn } from "./log-entries.ts";

/** The outcome of a restore. */
export interface Restored {
  readonly entries: number;
  /** The head of the store now. */
  readonly head: LogHead;
}

/**
 * Writes the entries of a copy that was verified, and what signers have put beside them, into a store that holds nothing of the log, or a beginning of the copy:
 * whoever was interrupted goes on.
 *
 * @throws OperatorError ERR_FLOR_LOG_RESTORE where the store holds another log, or others write it; LogError of the store
 */
export async function restoreLog(copy: LogStore, store: LogStore, cluster: string): Promise<Restored> {
  const { head: begun } = await store.head();
  const signers = new Set<string>();
  let head = begun;
  let entries = 0;
  let isProven = begun.index === 0;
  for await (const entry of entriesOf(copy)) {
    for (const key of signersIn(entry.record, cluster)) signers.add(keyIdOf(key));
    isProven ||= entry.index === begun.index && entry.hash === begun.hash;
  }
  if (!isProven) throw restoreError(`the store holds another log, of ${begun.index} entries`);
  for await (const part of partsOf(copy, begun.index)) {
    if ((await store.append(head, part, "restored")) === "moved")
      throw restoreError("others write the store meanwhile");
    head = part.at(-1)!;
    entries += part.length;
  }
  const keyIds = [...signers];
  for (let at = 0; at < keyIds.length; at += POSTS_READ_MAX) {
    const posts = await copy.posts(keyIds.slice(at, at + POSTS_READ_MAX));
    for (const [keyId, octets] of posts) await store.post(keyId, octets);
  }
  return { entries, head: { index: head.index, hash: head.hash } };
}

/** Entries behind an index, in as many as an append may have. */
async function* partsOf(copy: LogStore, behind: number): AsyncGenerator<readonly Entry[]> {
  let part: Entry[] = [];
  let size = 0;
  for await (const entry of entriesOf(copy)) {
    if (entry.index <= behind) continue;
    if (part.length === APPEND_ENTRIES_MAX || size + entry.octets.length > APPEND_SIZE_MAX) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(entry);
    size += entry.octets.length;
  }
  if (part.length > 0) yield part;
}

function restoreError(message: string): OperatorError {
  const code = "ERR_FLOR_LOG_RESTORE" satisfies keyof typeof FLOR_ERRORS;
  return new OperatorError(code, message, { advice: FLOR_ERRORS[code].advice });
}
