/** The forms of what stands in JSON. Questions have no other members; answers may have some that a later version adds, which are left out. */
import { z } from "zod";
import { type Entry, type HeldEntry, isNote, isObjectName } from "../entry.ts";
import { isHash } from "../hash.ts";
import { HolderError } from "../holder-error.ts";
import {
  ASKED_SHARDS_MAX,
  CHALLENGED_SHARDS_MAX,
  OBJECT_SHARDS_MAX,
  PAGE_ENTRIES_MAX,
  PAGE_SHARDS_MAX,
  SHARD_SIZE_MAX,
} from "../limits.ts";
import type { HolderState } from "../requests.ts";

const BOOK = /^[0-9a-z]{1,64}$/;
const count = z.int().min(0);
const hash = z.string().refine(isHash);
const book = z.string().regex(BOOK);
const name = z.string().refine(isObjectName);
/** A principal, as `service/storage.b`. */
const by = z.string().regex(/^[!-~]{1,256}$/);
const note = z.string().refine(isNote);
const turn = z.int().min(1);

const shard = { hash, size: z.int().min(1).max(SHARD_SIZE_MAX) };
const entryOf = <Shard extends z.ZodType<Entry["shards"][number]>>(form: Shard) => ({
  name,
  turn,
  isGone: z.boolean(),
  shards: z.array(form).max(OBJECT_SHARDS_MAX),
  note: note.optional(),
});
const isWhole = ({ isGone, shards, note: told }: Pick<Entry, "isGone" | "shards" | "note">): boolean =>
  !isGone || (shards.length === 0 && told === undefined);

export const askedEntry: z.ZodType<Entry> = z.strictObject(entryOf(z.strictObject(shard))).refine(isWhole);
export const heldEntry: z.ZodType<HeldEntry> = z
  .object({ ...entryOf(z.object(shard)), written: count, by })
  .refine(isWhole);

const entries = z
  .array(heldEntry)
  .max(PAGE_ENTRIES_MAX)
  .refine((all) => all.length === 1 || all.reduce((sum, { shards }) => sum + shards.length, 0) <= PAGE_SHARDS_MAX);

export const askedHashes: z.ZodType<{ hashes: string[] }> = z.strictObject({
  hashes: z.array(hash).max(ASKED_SHARDS_MAX),
});
export const askedChallenge: z.ZodType<{ nonce: string; hashes: string[] }> = z.strictObject({
  nonce: hash,
  hashes: z.array(hash).max(CHALLENGED_SHARDS_MAX),
});

export const toldIsNew: z.ZodType<{ isNew: boolean }> = z.object({ isNew: z.boolean() });
export const toldHas: z.ZodType<{ has: boolean[] }> = z.object({ has: z.array(z.boolean()).max(ASKED_SHARDS_MAX) });
export const toldDigests: z.ZodType<{ digests: (string | null)[] }> = z.object({
  digests: z.array(hash.nullable()).max(CHALLENGED_SHARDS_MAX),
});
export const toldEntry: z.ZodType<{ entry: HeldEntry }> = z.object({ entry: heldEntry });
export const toldEntryOrNone: z.ZodType<{ entry: HeldEntry | null }> = z.object({ entry: heldEntry.nullable() });
export const toldList: z.ZodType<{ entries: HeldEntry[]; next: string | null }> = z.object({
  entries,
  next: name.nullable(),
});
export const toldChanges: z.ZodType<{ book: string; entries: HeldEntry[]; last: number; isAll: boolean }> = z.object({
  book,
  entries,
  last: count,
  isAll: z.boolean(),
});
export const toldState: z.ZodType<HolderState> = z.object({
  node: z.string().max(63),
  book,
  last: count,
  objects: count,
  octets: count,
  held: count,
  isShut: z.boolean(),
});

/** Reads JSON of a form. @throws HolderError ERR_STORAGE_FORM */
export function readJson<Value>(form: z.ZodType<Value>, octets: Uint8Array): Value {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(octets));
  } catch (cause) {
    throw formError("what was said is no JSON", cause);
  }
  const read = form.safeParse(value);
  if (read.success) return read.data;
  const at = read.error.issues[0]?.path.slice(0, 4).map(String).join(".") ?? "";
  throw formError(at === "" ? "what was said has another form" : `"${at}" has another form`);
}

export function writeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** Whatever was said has not the form of docs/protocol/storage.md. */
export function formError(message: string, cause?: unknown): HolderError {
  return new HolderError({ code: "ERR_STORAGE_FORM", message }, cause);
}
