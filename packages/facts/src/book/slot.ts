/** A slot of the book: the records that are held of it, and which of them may go. */
import { NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import type { Fact } from "../fact.ts";
import { kindRuleOf, UNKNOWN_LIFE_MS } from "../kinds.ts";
import { baseOf, type Grounds, isByPrograms, isLowestNode, renews } from "../rights.ts";
import { compareFacts, floorOf, newestOf } from "../slots.ts";
import { EQUIVOCAL_MAX } from "./limits.ts";
import type { HeldFact } from "./held-fact.ts";
import type { RowSection } from "./sections.ts";
import { isByQuorum, type SeenSignatures } from "./standing.ts";

export interface Held extends SeenSignatures {
  readonly fact: HeldFact;
  section: RowSection;
}

/** A void record whose keys do not count any more. */
export interface FallenVoid extends Held {
  /** Records that were issued later than this, in milliseconds since 1970, are let in whatever their epoch. */
  since: number;
}

/** Records of a slot that were found to count, and for how long that holds while nothing changes: milliseconds since 1970. */
export interface Found {
  readonly held: readonly Held[];
  readonly era: number;
  /** The version of the shelf. */
  readonly version: number;
  readonly from: number;
  readonly until: number;
}

export class Slot implements Timed {
  readonly name: string;
  readonly kind: string;
  readonly scope: string;
  readonly subject: string;
  held: Held[] = [];
  fallen: FallenVoid | undefined;
  /** The record in force, as it was told last. */
  current: Fact | undefined;
  /** The era of keys by which the held records were checked last; 0: never. */
  era = 0;
  /** The records that were found to count last. */
  found: Found | undefined;
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;

  constructor(name: string, { kind, scope, subject }: Fact) {
    this.name = name;
    this.kind = kind;
    this.scope = scope;
    this.subject = subject;
  }

  /** When the suspension of the slot ends: everything that it keeps out has ended by then. */
  get fallenEnd(): number {
    return this.fallen === undefined ? Number.POSITIVE_INFINITY : this.fallen.since + lifeOf(this.kind);
  }

  /** When something of the slot ends or may be forgotten, in milliseconds since 1970; Infinity for never. */
  nextEnd(now: number): number {
    let next = this.fallenEnd;
    for (const { fact } of this.held) {
      if (fact.expires > now) next = Math.min(next, fact.expires);
      else if (forgottenAt(fact) > now) next = Math.min(next, forgottenAt(fact));
    }
    return next;
  }
}

/**
 * When a record may be forgotten. One that has ended is kept until everything of its kind that was issued before it has ended, too: so no older
 * one comes back. Void records are kept for as long as their keys count.
 */
export function forgottenAt(fact: Fact): number {
  if (fact.void === true) return Number.POSITIVE_INFINITY;
  return fact.issued + lifeOf(fact.kind);
}

/** Records of a slot that may be forgotten by now. The one that programs renew stays as long as its renewals, which count by it. */
export function forgottenOf(held: readonly Held[], now: number): Held[] {
  const young = held.filter(({ fact }) => now < forgottenAt(fact));
  return held.filter(({ fact }) => now >= forgottenAt(fact) && !young.some((other) => renews(other.fact, fact)));
}

/** Whether a void record whose keys do not count any more stands in the way of a record. Nodes do not lift it. */
export function isSuspended(fact: Fact, fallen: FallenVoid | undefined): boolean {
  if (fallen === undefined) return false;
  return !isByQuorum(fact) || (fact.epoch <= fallen.fact.epoch && fact.issued <= fallen.since);
}

/**
 * Records of a slot that need not be kept: all but the newest epoch, the highest void one, and those in use that are above it.
 *
 * Of the renewals by programs, those of the record that they renew are kept, the newest epoch of them; and that record as long as they are.
 *
 * @param isUsed Whether a service's record is the one that this node uses, or falls back to
 */
export function surplusOf(
  facts: readonly Fact[],
  isUsed: (id: string) => boolean,
  grounds: Pick<Grounds, "authority" | "now">,
): ReadonlySet<Fact> {
  const programs = facts.filter((fact) => isByPrograms(fact, grounds));
  const people = programs.length === 0 ? facts : facts.filter((fact) => !programs.includes(fact));
  const base = programs.length === 0 ? undefined : baseOf(facts, grounds);
  const renewals = programs.filter((fact) => (people.length === 0 ? isLowestNode(fact) : renews(fact, base)));
  const floor = floorOf(people);
  const voids = newestOf(people.filter((fact) => fact.void === true && fact.epoch === floor));
  const kept = new Set<Fact>([...newestEpochOf(people), ...newestEpochOf(renewals)]);
  // A void one that is neither of the two newest of its epoch would be missed: its epoch is the floor all the same.
  for (const fact of [voids, base]) if (fact !== undefined) kept.add(fact);
  for (const fact of [...people, ...renewals]) if (fact.epoch > floor && isUsed(fact.id)) kept.add(fact);
  return new Set(facts.filter((fact) => !kept.has(fact)));
}

function newestEpochOf(facts: readonly Fact[]): Fact[] {
  const epoch = newestOf(facts)?.epoch ?? 0;
  const newest = facts.filter((fact) => fact.epoch === epoch).sort((a, b) => compareFacts(b, a));
  return newest.slice(0, EQUIVOCAL_MAX);
}

function lifeOf(kind: string): number {
  return kindRuleOf(kind)?.life ?? UNKNOWN_LIFE_MS;
}
