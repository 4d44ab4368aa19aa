/** Entries of the log, as the agent tells of them (`GET /log` and `GET /log/entry`). */
import { z } from "zod";
import type { EntryResource } from "./resources.ts";

/** An index and the hash of its entry. */
interface ToldHead {
  readonly index: number;
  readonly hash: string;
}

/** An entry, or its place in the chain alone. */
export interface ToldPlace extends Omit<EntryResource, "record"> {
  readonly record?: EntryResource["record"] | undefined;
}

export interface ToldEntries {
  readonly log: string | null;
  /** Null: the agent keeps no copy. */
  readonly copy: { readonly size: number; readonly head: string; readonly isWhole: boolean } | null;
  readonly checkpoint: ToldHead | null;
  /** The lowest index that was looked at. */
  readonly from: number;
  /** The newest first. Those without `record` are of other records than were asked for. */
  readonly entries: readonly ToldPlace[];
}

export interface ToldEntry extends Pick<ToldEntries, "log" | "copy" | "checkpoint"> {
  /** The checkpoint as text. */
  readonly proof: string | null;
  readonly entry: (EntryResource & { readonly octets: string }) | null;
}

const text = z.string();
const count = z.number().int().nonnegative();
const hash = text.regex(/^[0-9a-f]{64}$/);

/** The record of an entry, in answers of the agent and in those of the API. */
export const entryRecordForm: z.ZodType<NonNullable<EntryResource["record"]>> = z.object({
  id: text,
  kind: text,
  scope: text,
  subject: text,
  epoch: count,
  generation: count,
  issued: z.iso.datetime(),
  expires: z.iso.datetime(),
  authority: text,
  issuer: text.nullable(),
  void: z.boolean(),
  signed: z.array(text),
  isInForce: z.boolean(),
  words: z.array(text),
});

const entry = z.object({
  index: count,
  prior: hash,
  hash,
  record: entryRecordForm.nullable(),
});

const told = {
  log: text.nullable(),
  copy: z.object({ size: count, head: text, isWhole: z.boolean() }).nullable(),
  checkpoint: z.object({ index: count, hash }).nullable(),
};

export const toldEntries: z.ZodType<ToldEntries> = z.object({
  ...told,
  from: count,
  entries: z.array(entry.partial({ record: true })),
});

export const toldEntry: z.ZodType<ToldEntry> = z.object({
  ...told,
  proof: text.nullable(),
  entry: entry.extend({ octets: z.base64() }).nullable(),
});
