/** The status that update-flor keeps of a node's software, and what the end of an update makes of it. Pure. */
import { z } from "zod";
import { FAILED_MAX, NODE_PACKAGE, PACKAGES_MAX, TEXT_MAX } from "../limits.ts";
import type { Reason, UpdateErrorCode } from "../update-errors.ts";
import {
  type BackNote,
  type Journal,
  packageFile,
  type PlacedPackage,
  type ReleaseNote,
  type RollbackNote,
  rollbackNote,
} from "./journal.ts";

const OUTCOMES = ["whole", "back", "refused", "lost"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** How the last release ended that was ordered. */
interface LastRelease extends ReleaseNote {
  readonly outcome: Outcome;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** How the last order of people ended. */
export interface LastOrder {
  /** The id of its record; "": it could not be read. */
  readonly record: string;
  readonly outcome: "done" | "refused" | "failed";
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The packages before the last update, to which people may order the node back. */
interface FormerRelease {
  readonly version: string;
  readonly packages: readonly PlacedPackage[];
}

/** The content of `status.json`, which everybody on the machine may read. */
export interface UpdateStatus {
  readonly version: 1;
  /** The release that is installed, and since when, in milliseconds since 1970; null: what is installed is not by a release. */
  readonly installed: { readonly version: string; readonly since: number } | null;
  /** How far back the installed release lets the node go. */
  readonly floor: RollbackNote | null;
  /** Names of the packages for the way back. */
  readonly kept: readonly string[];
  /** Versions from which the node went back. */
  readonly failed: readonly string[];
  /** The version from which the node went back because its update was interrupted, once: it is tried again. */
  readonly interrupted?: string | undefined;
  readonly underWay: { readonly version: string; readonly phase: string } | null;
  readonly last: LastRelease | null;
  /** Undefined: there is no way back by order. */
  readonly former?: FormerRelease | undefined;
  /** Undefined: people have ordered nothing yet. */
  readonly order?: LastOrder | undefined;
}

const text = z.string().max(TEXT_MAX);
const time = z.int().min(0);
/** A later version may keep more: it stays, also while this one writes. */
const status: z.ZodType<UpdateStatus> = z.looseObject({
  version: z.literal(1),
  installed: z.strictObject({ version: text, since: time }).nullable(),
  floor: rollbackNote.nullable(),
  kept: z.array(text).max(PACKAGES_MAX),
  failed: z.array(text).max(FAILED_MAX),
  interrupted: text.optional(),
  underWay: z.strictObject({ version: text, phase: text }).nullable(),
  last: z
    .strictObject({
      channel: text,
      version: text,
      epoch: time,
      record: text,
      outcome: z.enum(OUTCOMES),
      code: text.optional(),
      message: text.optional(),
      at: time,
    })
    .nullable(),
  former: z.strictObject({ version: text, packages: z.array(packageFile).max(PACKAGES_MAX) }).optional(),
  order: z
    .strictObject({
      record: text,
      outcome: z.enum(["done", "refused", "failed"]),
      code: text.optional(),
      message: text.optional(),
      at: time,
    })
    .optional(),
});

/** The status of a machine on which update-flor has done nothing yet. */
export const FIRST_STATUS: UpdateStatus = {
  version: 1,
  installed: null,
  floor: null,
  kept: [],
  failed: [],
  underWay: null,
  last: null,
};

/** Reads a status; undefined for what is none. */
export function readStatus(content: string): UpdateStatus | undefined {
  try {
    return status.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

/** The end of an update by its journal; undefined: it has not come to its end. */
export function outcomeOf({ phase }: Journal): Outcome | undefined {
  switch (phase) {
    case "confirmed":
      return "whole";
    case "returned":
      return "back";
    case "unchanged":
      return "refused";
    case "lost":
      return "lost";
    default:
      return undefined;
  }
}

/** The status while an update is under way. */
export function underWay(before: UpdateStatus, { release, phase }: Journal): UpdateStatus {
  return { ...before, underWay: { version: release.version, phase } };
}

/** The status after an update, or a way back by order, that has come to its end. */
export function settled(before: UpdateStatus, journal: Journal, outcome: Outcome, now: number): UpdateStatus {
  return journal.order === undefined
    ? updated(before, journal, outcome, now)
    : wentBack(before, { ...journal, order: journal.order }, outcome, now);
}

/** The status after people have ordered the node back. The version that it has left is not tried again by itself. */
function wentBack(
  before: UpdateStatus,
  journal: Journal & { readonly order: BackNote },
  outcome: Outcome,
  now: number,
): UpdateStatus {
  const { release, why, order, wished, former } = journal;
  const told = ended(before, release, outcome, outcome === "lost" ? lost(why) : why, now);
  const said = why === undefined ? {} : { code: why.code, message: why.message.slice(0, TEXT_MAX) };
  if (outcome !== "whole") {
    const kept = outcome === "back" ? keptNames(before, former) : before.kept;
    return { ...told, kept, order: { record: order.record, outcome: "failed", ...said, at: now } };
  }
  return {
    ...told,
    kept: keptNames(before, wished),
    installed: { version: release.version, since: now },
    floor: null,
    failed: [...before.failed.filter((each) => each !== order.leaves), order.leaves].slice(-FAILED_MAX),
    former: undefined,
    order: { record: order.record, outcome: "done", at: now },
  };
}

function updated(before: UpdateStatus, journal: Journal, outcome: Outcome, now: number): UpdateStatus {
  const { release, rollback, why } = journal;
  const told = ended(before, release, outcome, outcome === "lost" ? lost(why) : why, now);
  if (outcome === "whole") {
    const { version } = release;
    const kept = keptNames(before, journal.wished);
    return {
      ...told,
      kept,
      installed: { version, since: now },
      floor: rollback,
      failed: before.failed.filter((each) => each !== version),
      interrupted: undefined,
      former: formerOf(journal),
    };
  }
  if (outcome === "refused") return told;
  const kept = outcome === "back" ? keptNames(before, journal.former) : before.kept;
  // A power cut says nothing about a version. A second one does: the version may be what ends the machine.
  if (outcome === "back" && why?.code === INTERRUPTED && before.interrupted !== release.version)
    return { ...told, kept, interrupted: release.version };
  return {
    ...told,
    kept,
    failed: [...before.failed.filter((each) => each !== release.version), release.version].slice(-FAILED_MAX),
    interrupted: undefined,
  };
}

const INTERRUPTED: UpdateErrorCode = "ERR_UPDATE_INTERRUPTED";

/** The status after a release that was refused before anything was changed. */
export function refused(before: UpdateStatus, release: ReleaseNote, why: Reason, now: number): UpdateStatus {
  return ended(before, release, "refused", why, now);
}

/** The status of a node that has the release already. */
export function current(
  before: UpdateStatus,
  release: ReleaseNote,
  floor: UpdateStatus["floor"],
  now: number,
): UpdateStatus {
  const installed =
    before.installed?.version === release.version ? before.installed : { version: release.version, since: now };
  return { ...ended(before, release, "whole", undefined, now), installed, floor };
}

/** The packages that an update has replaced, in the folder for them. */
function formerOf({ former }: Journal): FormerRelease | undefined {
  const version = former.find(({ name }) => name === NODE_PACKAGE)?.version;
  const packages = former.map((each) => ({ ...each, file: `former/${fileNameOf(each)}` }));
  return version === undefined ? undefined : { version, packages };
}

/** The file name of a package in the state folder. */
export function fileNameOf({ file }: PlacedPackage): string {
  return file.slice(file.indexOf("/") + 1);
}

/** The packages that are kept for the way back: those that are installed now, in the place of others of the same name. */
function keptNames({ kept }: UpdateStatus, packages: readonly PlacedPackage[]): string[] {
  const names = new Set(packages.map(({ name }) => name));
  const others = kept.filter((file) => !names.has(file.slice(0, file.indexOf("_"))));
  return [...others, ...packages.map(fileNameOf)].toSorted();
}

function ended(
  before: UpdateStatus,
  release: ReleaseNote,
  outcome: Outcome,
  why: Reason | undefined,
  at: number,
): UpdateStatus {
  const told = why === undefined ? {} : { code: why.code, message: why.message.slice(0, TEXT_MAX) };
  return { ...before, underWay: null, last: { ...release, outcome, ...told, at } };
}

function lost(why: Reason | undefined): Reason {
  const code: UpdateErrorCode = "ERR_UPDATE_LOST";
  return { code, message: `it could not go back: ${why?.message ?? "nothing is known of why"}` };
}
