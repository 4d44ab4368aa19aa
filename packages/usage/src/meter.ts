/**
 * A node's meter: counts of its vertex, which only grow, become amounts by the hour. An hour that was read late, or not at all, has its part by time of what the next reading
 * brings. Pure.
 */
import { AMOUNT_MAX } from "@florenetes/facts";
import { hourOf, HOUR_MS, startOfHour } from "./hours.ts";
import { HOUR_SLACK_MS, METER_COUNTS_MAX, METER_HOURS_MAX, METER_OWN_MAX, METER_PASSED_MAX } from "./limits.ts";
import type { HourRows, Own, Passed } from "./rows.ts";

/** A row of the vertex, with its counts since they began. */
export interface Counted<Row> {
  /** Tells the row from all others of the vertex: parallel links have one each, and go into one row of a receipt. */
  readonly key: string;
  readonly row: Row;
}

/** Counts as a vertex tells them at one moment. */
export interface Reading {
  /** The life of the vertex. Some counts begin anew with each life, and those of a link vertex that forwards by itself go on. */
  readonly instance: string;
  readonly passed: readonly Counted<Passed>[];
  readonly own: readonly Counted<Own>[];
}

/** The state of a meter, to be kept over a restart of its process. */
export interface KeptMeter {
  readonly instance: string;
  readonly readAt: number;
  readonly closed: number;
  readonly counts: readonly (readonly [key: string, amounts: readonly number[]])[];
  readonly hours: readonly (readonly [hour: number, rows: HourRows])[];
}

type Row = { readonly kind: "passed"; readonly row: Passed } | { readonly kind: "own"; readonly row: Own };

/** The part of what was counted that is of one hour. */
interface HourPart {
  readonly hour: number;
  readonly part: number;
}

class Hour {
  readonly rows = new Map<string, Row>();
  /** How many rows there are of what was passed on (""), and of each neighbour's own ones. */
  readonly #counts = new Map<string, number>();
  left = 0;

  get(name: string): Row | undefined {
    return this.rows.get(name);
  }

  /** Returns whether there was room. */
  put(name: string, row: Row): boolean {
    if (!this.rows.has(name)) {
      const whose = row.kind === "passed" ? "" : row.row.peer;
      const count = this.#counts.get(whose) ?? 0;
      if (count >= (row.kind === "passed" ? METER_PASSED_MAX : METER_OWN_MAX)) {
        this.left++;
        return false;
      }
      this.#counts.set(whose, count + 1);
    }
    this.rows.set(name, row);
    return true;
  }

  get told(): HourRows {
    const all = [...this.rows.values()];
    return {
      passed: all.flatMap(({ kind, row }) => (kind === "passed" ? [row] : [])),
      own: all.flatMap(({ kind, row }) => (kind === "own" ? [row] : [])),
      left: this.left,
    };
  }
}

export class Meter {
  #instance = "";
  /** When the last reading was taken, in milliseconds since 1970; undefined: none was. */
  #readAt: number | undefined;
  /** The last hour that was taken: nothing more is booked on it, or on those before. */
  #closed = -1;
  /** Counts of the last reading, and of those before that the vertex does not tell at present: they may come back as they were. */
  #counts = new Map<string, readonly number[]>();
  readonly #hours = new Map<number, Hour>();

  /** Takes the counts of a vertex. The first ones that a meter ever sees are where it begins: nobody knows of which hours they are. */
  read({ instance, passed, own }: Reading, wall: number): void {
    const all = [
      ...passed.map(({ key, row }) => ({ key: `passed ${key}`, row: { kind: "passed", row } as const })),
      ...own.map(({ key, row }) => ({ key: `own ${key}`, row: { kind: "own", row } as const })),
    ];
    const parts = this.#readAt === undefined ? [] : this.#partsBetween(this.#readAt, wall);
    const isSameLife = instance === this.#instance;
    for (const { key, row } of all) {
      const now = amountsOf(row);
      const before = this.#counts.get(key);
      this.#counts.delete(key);
      this.#counts.set(key, now);
      if (parts.length > 0) this.#book(row, sinceThen(now, before, isSameLife), parts);
    }
    for (const key of this.#counts.keys()) {
      if (this.#counts.size <= METER_COUNTS_MAX) break;
      this.#counts.delete(key);
    }
    this.#instance = instance;
    this.#readAt = wall;
  }

  /** When the counts were read last, in milliseconds since 1970; undefined: they were not yet. */
  get readAt(): number | undefined {
    return this.#readAt;
  }

  /** Takes the rows of an hour, which is over: what is read from now on counts for later ones. */
  take(hour: number): HourRows {
    const rows = (this.#hours.get(hour) ?? new Hour()).told;
    for (const each of this.#hours.keys()) if (each <= hour) this.#hours.delete(each);
    this.#closed = Math.max(this.#closed, hour);
    return rows;
  }

  /** The clock was ahead: hours from this one on are open again. */
  reopen(hour: number): void {
    this.#closed = Math.min(this.#closed, hour - 1);
  }

  /** Undefined: nothing was read yet. */
  get kept(): KeptMeter | undefined {
    if (this.#readAt === undefined) return undefined;
    const hours = [...this.#hours].map(([hour, { told }]) => [hour, told] as const);
    return {
      instance: this.#instance,
      readAt: this.#readAt,
      closed: this.#closed,
      counts: [...this.#counts],
      hours,
    };
  }

  restore({ instance, readAt, closed, counts, hours }: KeptMeter): void {
    [this.#instance, this.#readAt, this.#closed] = [instance, readAt, closed];
    this.#counts = new Map(counts);
    for (const [hour, { passed, own, left }] of hours) {
      for (const row of passed) this.#add(hour, { kind: "passed", row }, amountsOf({ kind: "passed", row }));
      for (const row of own) this.#add(hour, { kind: "own", row }, amountsOf({ kind: "own", row }));
      const held = this.#hours.get(hour);
      if (held !== undefined) held.left = left;
    }
  }

  /** The hours since the last reading, each with its part of what was counted meanwhile: they come to 1. */
  #partsBetween(readAt: number, wall: number): readonly HourPart[] {
    const now = hourOf(wall);
    const first = Math.max(hourOf(readAt), this.#closed + 1);
    // A clock that was put back books on the hour that it is in, or on the next one that is open.
    if (now <= first) return [{ hour: Math.max(now, this.#closed + 1), part: 1 }];
    if (now === first + 1 && wall < startOfHour(now) + HOUR_SLACK_MS) return [{ hour: first, part: 1 }];
    const begin = Math.max(readAt, startOfHour(first), startOfHour(now - METER_HOURS_MAX + 1));
    const parts: HourPart[] = [];
    for (let hour = hourOf(begin); hour <= now; hour++) {
      const ms = Math.min(wall, startOfHour(hour) + HOUR_MS) - Math.max(begin, startOfHour(hour));
      parts.push({ hour, part: ms / Math.max(1, wall - begin) });
    }
    return parts;
  }

  #book(row: Row, amounts: readonly number[], parts: readonly HourPart[]): void {
    if (amounts.every((amount) => amount === 0)) return;
    const left = [...amounts];
    for (const [at, { hour, part }] of parts.entries()) {
      const isLast = at === parts.length - 1;
      const own = amounts.map((amount, place) => (isLast ? left[place]! : Math.floor(amount * part)));
      for (const [place, amount] of own.entries()) left[place]! -= amount;
      if (own.some((amount) => amount > 0)) this.#add(hour, row, own);
    }
  }

  #add(hour: number, row: Row, amounts: readonly number[]): void {
    const held = this.#hours.get(hour) ?? new Hour();
    this.#hours.set(hour, held);
    const name = nameOf(row);
    const known = held.get(name);
    const before = known === undefined ? undefined : amountsOf(known);
    const sums = amounts.map((amount, at) => Math.min(AMOUNT_MAX, amount + (before?.[at] ?? 0)));
    held.put(name, withAmounts(row, sums));
    for (const each of this.#hours.keys()) if (each <= hour - METER_HOURS_MAX) this.#hours.delete(each);
  }
}

/**
 * Amounts that were counted since then. Counts that are lower than before have begun anew; in another life of the vertex it is not known how much of them is old, as those of a link
 * vertex go on: then they count from here.
 */
function sinceThen(
  now: readonly number[],
  before: readonly number[] | undefined,
  isSameLife: boolean,
): readonly number[] {
  if (before === undefined) return now;
  const isLower = now.some((amount, at) => amount < before[at]!);
  if (isLower) return isSameLife ? now : now.map(() => 0);
  return now.map((amount, at) => amount - before[at]!);
}

function amountsOf({ kind, row }: Row): readonly number[] {
  return kind === "passed" ? [row.packets, row.bytes] : [row.sentPackets, row.sentBytes, row.packets, row.bytes];
}

function withAmounts({ kind, row }: Row, amounts: readonly number[]): Row {
  const [first = 0, second = 0, third = 0, fourth = 0] = amounts;
  if (kind === "passed") return { kind, row: { ...row, packets: first, bytes: second } };
  return { kind, row: { ...row, sentPackets: first, sentBytes: second, packets: third, bytes: fourth } };
}

function nameOf({ kind, row }: Row): string {
  if (kind === "own") return `own ${row.peer} ${row.share} ${row.class}`;
  return `passed ${row.from} ${row.to} ${row.coordinator ?? ""} ${row.share} ${row.class}`;
}
