import type { TalkName } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";

/** Principals of holders are this and their node. */
const HOLDER_PREFIX = "service/storage.";

type Part = "reader" | "writer" | "holder";

const ASKERS: Readonly<Record<TalkName, readonly Part[]>> = {
  "put-shard": ["writer", "holder"],
  "get-shard": ["reader", "writer", "holder"],
  "have-shards": ["reader", "writer", "holder"],
  challenge: ["reader", "writer", "holder"],
  "put-entry": ["writer"],
  "get-entry": ["reader", "writer", "holder"],
  "list-entries": ["reader", "writer", "holder"],
  "list-changes": ["holder"],
  "get-state": ["reader", "writer", "holder"],
};

/** The parts that a principal has in a collection. */
export interface Standing {
  readonly isReader: boolean;
  readonly isWriter: boolean;
  readonly isHolder: boolean;
}

/** @param asker a principal, as `user/alice` or `service/storage.b` */
export function standingOf(asker: string, terms: CollectionTerms): Standing {
  const node = asker.startsWith(HOLDER_PREFIX) ? asker.slice(HOLDER_PREFIX.length) : undefined;
  return {
    isReader: terms.readers.includes(asker),
    isWriter: terms.writers.includes(asker),
    isHolder: terms.holders.some((holder) => holder.node === node),
  };
}

/** Whether one of this standing may ask this at all. */
export function mayAsk(op: TalkName, { isReader, isWriter, isHolder }: Standing): boolean {
  const parts = { reader: isReader, writer: isWriter, holder: isHolder };
  return ASKERS[op].some((part) => parts[part]);
}

/** Whether a question changes nothing. */
export function isReading(op: TalkName): boolean {
  return op !== "put-shard" && op !== "put-entry";
}

/** Whether a majority's answers to it decide what there is. */
export function isAboutNames(op: TalkName): boolean {
  return op === "put-entry" || op === "get-entry" || op === "list-entries";
}
