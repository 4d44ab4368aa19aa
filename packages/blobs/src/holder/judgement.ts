/** By which entry of a name a holder goes, where others tell other ones. Pure; docs/protocol/storage.md has the rules. */
import { contentHash, type HeldEntry } from "../entry.ts";
import { TURN_STEP_MAX } from "../limits.ts";
import { majorityOf } from "../placement.ts";
import { SETTLED_MS } from "./limits.ts";
import type { Report } from "./name-book.ts";

/** Why an entry may be taken. */
type Ground =
  /** A majority of all holders tells it. */
  | "majority"
  /** A majority may have it: those who tell it, and those who cannot be heard. */
  | "perhaps"
  /** Its writer certainly had no majority's answer, and it takes away nothing that a majority may have. */
  | "unacknowledged";

/** An entry of others that may be taken. */
export interface Choice {
  readonly ground: Ground;
  /** Reports of those who tell it: at least one, and all of the same content. */
  readonly reports: readonly Report[];
  /** The turn at which it is taken. */
  readonly turn: number;
}

export interface Judgement {
  /** True: until somebody tells something new there is nothing to do. */
  readonly isSettled: boolean;
  /** The best one in front. A bound may forbid one, and then the next is taken. */
  readonly choices: readonly Choice[];
}

export interface Case {
  readonly ours: HeldEntry | undefined;
  /** Reports of other holders of the record. */
  readonly reports: readonly Report[];
  /** How many holders there are, with us. */
  readonly holders: number;
  /** Other holders that have not told all that they have lately. */
  readonly unheard: readonly string[];
  /** Our names began anew, and not all of others' were heard: we may have had any entry. */
  readonly isYoung: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

interface Version {
  readonly turn: number;
  readonly isGone: boolean;
  readonly content: string;
  readonly reports: readonly Report[];
}

export function judge(given: Case): Judgement {
  const { reports, ours } = given;
  const versions = versionsOf(reports);
  if (ours === undefined) return { isSettled: versions.length === 0, choices: harmless(given, versions, 0) };
  const own = { turn: ours.turn, isGone: ours.isGone, content: contentHash(ours) };
  const others = versions.filter((version) => !isEqual(version, own));
  if (others.length === 0) return { isSettled: true, choices: [] };
  const mine = 1 + reports.length - others.reduce((sum, { reports: of }) => sum + of.length, 0);
  const choices = [
    ...overruled(given, own, others),
    ...rivals(given, own, others, mine),
    ...takenBack(given, own, others, mine),
    ...followed(given, own, others),
  ];
  const isBehind = others.every((version) => compare(version, own) < 0);
  return { isSettled: choices.length === 0 && isBehind && mine >= majorityOf(given.holders), choices };
}

/** A majority is at entries that take ours away: the newest that a majority has come to. */
function overruled({ ours, holders }: Case, own: Own, others: readonly Version[]): readonly Choice[] {
  if (ours === undefined || ours.isGone) return [];
  const against = others.filter(
    (version) => compare(version, own) > 0 && !isRival(version, own) && version.content !== own.content,
  );
  const ranked = against.toSorted((a, b) => compare(b, a)).flatMap((version) => version.reports.map(() => version));
  const majority = ranked[majorityOf(holders) - 1];
  return majority === undefined ? [] : [choiceOf("majority", majority)];
}

/** Two objects under one name at one turn: the one that a majority has, or, where certainly none was acknowledged, that of more holders. */
function rivals(given: Case, own: Own, others: readonly Version[], mine: number): readonly Choice[] {
  const all = others.filter((version) => isRival(version, own)).toSorted(byCount);
  const best = all[0];
  if (best === undefined) return [];
  if (best.reports.length >= majorityOf(given.holders)) return [choiceOf("majority", best)];
  if (mayBeAcknowledged(given, own, mine)) return [];
  const isBetter = best.reports.length > mine || (best.reports.length === mine && best.content < own.content);
  return isBetter ? [choiceOf("unacknowledged", best)] : [];
}

/** Our newer entry was certainly not acknowledged, and at least as many hold an older object: that one comes back, at a turn above ours. */
function takenBack(given: Case, own: Own, others: readonly Version[], mine: number): readonly Choice[] {
  const older = others.filter(
    ({ isGone, turn, content }) =>
      !isGone && content !== own.content && (turn < own.turn || (turn === own.turn && own.isGone)),
  );
  const count = older.reduce((sum, { reports }) => sum + reports.length, 0);
  if (count < mine || mayBeAcknowledged(given, own, mine)) return [];
  const best = older.toSorted(byCount)[0];
  return best === undefined ? [] : [{ ...choiceOf("unacknowledged", best), turn: own.turn + 1 }];
}

/** Newer entries that take away nothing of ours: over one that is gone, or of the same content. */
function followed(given: Case, own: Own, others: readonly Version[]): readonly Choice[] {
  const isNear = ({ turn }: Version): boolean => turn <= own.turn + TURN_STEP_MAX;
  const same = others.filter((version) => version.content === own.content && version.turn > own.turn);
  const newer = own.isGone ? others.filter((version) => !version.isGone && version.turn > own.turn) : [];
  return [
    ...harmless(given, newer, own.turn),
    ...same
      .filter((version) => isNear(version) || version.reports.length >= majorityOf(given.holders))
      .toSorted((a, b) => compare(b, a))
      .map((version) => choiceOf("perhaps", version)),
  ];
}

/** Which of these versions may be taken where nothing is taken away. */
function harmless(given: Case, versions: readonly Version[], turn: number): readonly Choice[] {
  const { holders, unheard, isYoung, now } = given;
  return versions
    .toSorted((a, b) => compare(b, a) || byCount(a, b))
    .flatMap((version) => {
      const { reports } = version;
      if (reports.length >= majorityOf(holders)) return [choiceOf("majority", version)];
      if (version.turn > turn + TURN_STEP_MAX) return [];
      const silent = unheard.filter((node) => !reports.some((report) => report.node === node)).length;
      if (reports.length + silent + (isYoung ? 1 : 0) >= majorityOf(holders)) return [choiceOf("perhaps", version)];
      const isOld = reports.some(({ told }) => now - told >= SETTLED_MS);
      return isOld && !version.isGone ? [choiceOf("unacknowledged", version)] : [];
    });
}

/** Whether a writer may have had a majority's answers for our entry. While it is new he may yet have them. */
function mayBeAcknowledged({ ours, reports, unheard, holders, now }: Case, own: Own, mine: number): boolean {
  if (ours === undefined || now - ours.written < SETTLED_MS) return true;
  const silent = unheard.filter((node) => !reports.some((report) => report.node === node && isEqual(report, own)));
  return mine + silent.length >= majorityOf(holders);
}

type Own = Pick<Version, "turn" | "isGone" | "content">;

function choiceOf(ground: Ground, { reports, turn }: Version): Choice {
  return { ground, reports, turn };
}

function versionsOf(reports: readonly Report[]): readonly Version[] {
  const versions = Map.groupBy(reports, ({ turn, isGone, content }) => `${turn} ${isGone} ${content}`);
  return [...versions.values()].map((of) => {
    const { turn, isGone, content } = of[0]!;
    return { turn, isGone, content, reports: of };
  });
}

/** By turn; at one turn what is gone is newer than what is there. */
function compare(a: Own, b: Own): number {
  return a.turn - b.turn || Number(a.isGone) - Number(b.isGone);
}

/** Versions of more holders first, then newer ones, then by their content. */
function byCount(a: Version, b: Version): number {
  return b.reports.length - a.reports.length || b.turn - a.turn || (a.content < b.content ? -1 : 1);
}

function isEqual(a: Own, b: Own): boolean {
  return a.turn === b.turn && a.isGone === b.isGone && a.content === b.content;
}

/** Another object at the same turn. */
function isRival(version: Own, own: Own): boolean {
  return version.turn === own.turn && !version.isGone && !own.isGone && version.content !== own.content;
}
