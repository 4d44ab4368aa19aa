/** A part of one replica's audit, as replicas ask each other for it (docs/protocol/fabric-feed.md, "Proposals"). Pure. */
import { z } from "zod";
import { isAsking } from "../principal.ts";
import type { Audit, AuditEntry } from "./audit.ts";
import { AUDIT_AHEAD_MS, AUDIT_ENTRIES_MAX, AUDIT_SLICE_SIZE_MAX } from "./limits.ts";

/** Members of entries that may be asked for. */
export const AUDIT_FILTERS = ["principal", "method", "path", "status", "code"] as const;

export interface AuditQuestion {
  /** The audit whose entries are meant; null: whichever is there. */
  readonly audit: string | null;
  /** Entries below this number; null: from the newest on. */
  readonly below: number | null;
  /** Values that entries have to have, as texts. */
  readonly wanted: Readonly<Partial<Record<(typeof AUDIT_FILTERS)[number], string>>>;
}

/** An entry, of whichever replica it is. */
export type SlicedEntry = Omit<AuditEntry, "replica">;

export interface AuditSlice {
  readonly audit: string;
  /** The newest first. None where the question is for another audit. */
  readonly entries: readonly SlicedEntry[];
  /** Whether there are others behind these. */
  readonly hasMore: boolean;
}

const VERSION = 1;
const OTHER_AUDIT = { entries: [], hasMore: false } as const;

/** The newest entries that are asked for, up to what a letter has room for. */
export function sliceOf({ id, entries }: Audit, { audit, below, wanted }: AuditQuestion): AuditSlice {
  if (audit !== null && audit !== id) return { audit: id, ...OTHER_AUDIT };
  const taken: SlicedEntry[] = [];
  let size = 0;
  for (const { replica: _, ...entry } of entries) {
    if ((below !== null && entry.number >= below) || !isWanted(entry, wanted)) continue;
    size += Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (size > AUDIT_SLICE_SIZE_MAX) return { audit: id, entries: taken, hasMore: true };
    taken.push(entry);
  }
  return { audit: id, entries: taken, hasMore: false };
}

function isWanted(entry: SlicedEntry, wanted: AuditQuestion["wanted"]): boolean {
  return AUDIT_FILTERS.every((name) => wanted[name] === undefined || String(entry[name]) === wanted[name]);
}

/** Octets of a question behind the head of its letter. */
export function writeAuditQuestion(question: AuditQuestion): Buffer {
  return Buffer.from(JSON.stringify(question));
}

export function writeAuditSlice(slice: AuditSlice): Buffer {
  return Buffer.concat([Buffer.of(VERSION), Buffer.from(JSON.stringify(slice))]);
}

const id = z.string().regex(/^[0-9a-f]{16}$/);
const number = z.int().min(1);
const filter = z.string().max(256).optional();
const questionForm = z.strictObject({
  audit: id.nullable(),
  below: number.nullable(),
  wanted: z.strictObject({ principal: filter, method: filter, path: filter, status: filter, code: filter }),
});

const sliceForm: z.ZodType<AuditSlice> = z.strictObject({
  audit: id,
  entries: z.array(
    z.strictObject({
      number,
      at: z.iso.datetime(),
      principal: z.string().refine(isAsking),
      method: z.string().regex(/^[A-Z-]{1,20}$/),
      path: z.string().regex(/^\/[!-~]{0,255}$/),
      status: z.int().min(0).max(999).nullable(),
      code: z
        .string()
        .regex(/^ERR_[A-Z_]{1,60}$/)
        .nullable(),
    }),
  ),
  hasMore: z.boolean(),
});

/** Undefined: it is none. */
export function readAuditQuestion(octets: Uint8Array): AuditQuestion | undefined {
  return questionForm.safeParse(jsonOf(octets)).data as AuditQuestion | undefined;
}

/**
 * Undefined: it is no answer to the question: others were not asked for, numbers have to fall, and nobody knows yet what comes later.
 *
 * @param wall milliseconds since 1970
 */
export function readAuditSlice(
  octets: Uint8Array,
  { audit, below, wanted }: AuditQuestion,
  wall: number,
): AuditSlice | undefined {
  if (octets[0] !== VERSION) return undefined;
  const slice = sliceForm.safeParse(jsonOf(octets.subarray(1))).data;
  if (slice === undefined) return undefined;
  const { entries, hasMore } = slice;
  if (audit !== null && slice.audit !== audit) return { ...slice, ...OTHER_AUDIT };
  let last = below ?? Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    if (entry.number >= last || Date.parse(entry.at) > wall + AUDIT_AHEAD_MS || !isWanted(entry, wanted))
      return undefined;
    last = entry.number;
  }
  // A list that goes on behind nothing would have no end.
  return entries.length > AUDIT_ENTRIES_MAX || (hasMore && entries.length === 0) ? undefined : slice;
}

function jsonOf(octets: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(octets).toString()) as unknown;
  } catch {
    return undefined;
  }
}
