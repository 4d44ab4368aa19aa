/** The journal of an update: all that is needed to go on with it, or back, after the process has ended at any place. Pure. */
import { z } from "zod";
import { LINKS_MAX, PACKAGES_MAX, TEXT_MAX, UNITS_MAX } from "../limits.ts";
import type { Reason } from "../update-errors.ts";

/**
 * `ready`: nothing is changed yet. `unchanged`, `confirmed`, `returned` and `lost` are ends, of which the last one is not final: the way back is tried
 * again at each boot.
 */
const PHASES = [
  "ready",
  "unchanged",
  "installing",
  "restarting",
  "judging",
  "confirmed",
  "returning",
  "starting-former",
  "returned",
  "lost",
] as const;
export type Phase = (typeof PHASES)[number];

/** A package in the state folder. */
export interface PlacedPackage {
  readonly name: string;
  readonly version: string;
  /** The path of the package in the state folder, as `kept/florenetes-node_0.1.0_amd64.deb`. */
  readonly file: string;
}

/** The release that an update leads to. */
export interface ReleaseNote {
  readonly channel: string;
  readonly version: string;
  /** The epoch of its record. */
  readonly epoch: number;
  /** The id of the record, in lower-case hex. */
  readonly record: string;
}

/** A release says how far back a node may go that has it, and until when: milliseconds since 1970. */
export interface RollbackNote {
  readonly lowest: string;
  readonly until: number;
}

/** A process of the node, as it was before the update. */
interface ProgramBefore {
  /** The path of its admin socket. */
  readonly socket: string;
  /** Links that were up. */
  readonly links: readonly string[];
  readonly faults: readonly string[];
}

/** An order of people to go back, of which a journal comes. */
export interface BackNote {
  /** The id of its record. */
  readonly record: string;
  /** The version that the node leaves, and does not take again by itself. */
  readonly leaves: string;
}

export interface Journal {
  readonly version: 1;
  readonly phase: Phase;
  readonly release: ReleaseNote;
  readonly rollback: RollbackNote;
  /** Undefined: a release is installed. */
  readonly order?: BackNote | undefined;
  readonly wished: readonly PlacedPackage[];
  readonly former: readonly PlacedPackage[];
  /** The units that ran, in the order in which they are restarted. */
  readonly units: readonly string[];
  readonly programs: readonly ProgramBefore[];
  readonly wholeWithinMs: number;
  /** Why the node goes back. */
  readonly why?: Reason | undefined;
}

const text = z.string().max(TEXT_MAX);
export const packageFile: z.ZodType<PlacedPackage> = z.strictObject({
  name: z.string().regex(/^florenetes-[a-z]+$/),
  version: z.string().regex(/^[0-9][0-9A-Za-z.+~-]{0,62}$/),
  file: z.string().regex(/^(?:kept|incoming|former)\/[\w.+~-]{1,255}\.deb$/),
});
const time = z.int().min(0);
export const rollbackNote: z.ZodType<RollbackNote> = z.strictObject({ lowest: text, until: time });

const journal: z.ZodType<Journal> = z.strictObject({
  version: z.literal(1),
  phase: z.enum(PHASES),
  release: z.strictObject({ channel: text, version: text, epoch: time, record: text }),
  rollback: rollbackNote,
  order: z.strictObject({ record: text, leaves: text }).optional(),
  wished: z.array(packageFile).min(1).max(PACKAGES_MAX),
  former: z.array(packageFile).min(1).max(PACKAGES_MAX),
  units: z.array(z.string().regex(/^[a-z][a-z-]*(?:@[\w.-]+)?\.service$/)).max(UNITS_MAX),
  programs: z
    .array(z.strictObject({ socket: text, links: z.array(text).max(LINKS_MAX), faults: z.array(text).max(LINKS_MAX) }))
    .max(UNITS_MAX),
  wholeWithinMs: time,
  why: z.strictObject({ code: text, message: text }).optional(),
});

/** Reads a journal; undefined for what is none. */
export function readJournal(content: string): Journal | undefined {
  try {
    return journal.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}
