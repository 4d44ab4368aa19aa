/** The words of update-flor about itself, as its status file has them: docs/protocol/releases.md has the form. Pure. */
import { z } from "zod";

/** The last word of update-flor. Times are milliseconds since 1970. */
export interface UpdateStatus {
  /** Null: what is installed is not by a release. */
  readonly installed: { readonly version: string; readonly since: number } | null;
  /** The lowest version to which the node may go back, and until when; null: it may not. */
  readonly floor: { readonly lowest: string; readonly until: number } | null;
  /** File names of packages that update-flor has kept for the way back. */
  readonly kept: readonly string[];
  /** Versions from which the node went back. */
  readonly failed: readonly string[];
  readonly underWay: { readonly version: string; readonly phase: string } | null;
  readonly last: UpdateOutcome | null;
  /** The last order of people that it was given; undefined: an earlier version says none. */
  readonly order?: SaidOfOrder | null | undefined;
}

/** The outcome of an order of people. */
interface SaidOfOrder {
  /** The id of the order's record. */
  readonly record: string;
  readonly outcome: "done" | "refused" | "failed";
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** The outcome of the last order. */
export interface UpdateOutcome {
  readonly channel: string;
  /** "": update-flor could not read which. */
  readonly version: string;
  readonly epoch: number;
  /** The id of the release record; "" likewise. */
  readonly record: string;
  readonly outcome: "whole" | "back" | "refused" | "lost";
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly at: number;
}

const KEPT_MAX = 128;
const FAILED_MAX = 16;
const TEXT_MAX = 1_024;

const text = z.string().max(TEXT_MAX);
const version = z.string().regex(/^[0-9][0-9A-Za-z.+~-]{0,62}$/);
const time = z.int().nonnegative();
const CODE = z.string().regex(/^ERR_[A-Z_]{1,59}$/);

const form: z.ZodType<UpdateStatus> = z.object({
  version: z.literal(1),
  installed: z.object({ version, since: time }).nullable(),
  floor: z.object({ lowest: version, until: time }).nullable(),
  kept: z.array(z.string().regex(/^florenetes-[0-9A-Za-z.+~_-]{1,200}\.deb$/)).max(KEPT_MAX),
  failed: z.array(version).max(FAILED_MAX),
  underWay: z.object({ version: text, phase: text }).nullable(),
  last: z
    .object({
      channel: text,
      version: text,
      epoch: z.int().nonnegative(),
      record: text,
      outcome: z.enum(["whole", "back", "refused", "lost"]),
      code: CODE.optional(),
      message: text.optional(),
      at: time,
    })
    .nullable(),
  order: z
    .object({
      record: text,
      outcome: z.enum(["done", "refused", "failed"]),
      code: CODE.optional(),
      message: text.optional(),
    })
    .nullish(),
});

/** Reads a status file. @returns undefined where it is none */
export function readUpdateStatus(text: string): UpdateStatus | undefined {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return undefined;
  }
  return form.safeParse(told).data;
}
