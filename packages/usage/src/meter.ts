/**
 * A node's meter: counts of its vertex, which only grow, become amounts by the hour. An hour that was read late, or not at all, has its part by time of what the next reading
 * brings. Pure.
 */
import { AMOUNT_MAX } from "@florenetes/facts";
import { hourOf, HOUR_MS, startOfHour } from "./hours.ts";
import { HOUR_SLACK_MS, METER_HOURS_MAX, METER_ROWS_MAX } from "./limits.ts";
import type { HourRows, Own, Passed } from "./rows.ts";

/** A row of the vertex, with its counts since they began. */
export interface Counted<Row> {
  /** Tells the row from all others of the vertex: parallel links have one each, and go into one row of a receipt. */
  readonly key: string;
  readonly row: Row;
}

/** Counts as a vertex tells them at one moment. Some begin anew with each life of the vertex, and others go on: those that are lower than before have begun anew. */
export interface Reading {
  readonly passed: readonly Counted<Passed>[];
  readonly own: readonly Counted<Own>[];
}

/** The state of a meter, to be kept over a restart of its process. */
export interface KeptMeter {
  readonly readAt: number;
  readonly closed: number;
  readonly counts: readonly (readonly [key: string, amounts: readonly number[]])[];
  readonly hours: readonly (readonly [hour: number, rows: HourRows])[];
}

type Row = { readonly kind: "passed"; readonly row: Passed } | { readonly kind: "own"; readonly row: Own };

export class Meter {
  /** Rows that had no room. */
  left = 0;
  /** When the last reading was taken, in milliseconds since 1970; undefined: none was. */
  #readAt: number | undefined;
  /** The last hour that was taken: nothing more is booked on it, or on those before. */
  #closed = -1;
  #counts = new Map<string, readonly number[]>();
  readonly #hours = new Map<number, Map<string, Row>>();

  /** Takes the counts of a vertex. The first ones that a meter ever sees are where it begins: nobody knows of which hours they are. */
  read({ passed, own }: Reading, wall: number): void {
    const all = [
      ...passed.map(({ key, row }) => ({ key: `passed ${key}`, row: { kind: "passed", row } as const })),
      ...own.map(({ key, row }) => ({ key: `own ${key}`, row: { kind: "own", row } as const })),
    ];
    const hours = this.#readAt === undefined ? [] : this.#partsBetween(this.#readAt, wall);
    const counts = new Map<string, readonly number[]>();
    for (const { key, row } of all) {
      const now = amountsOf(row);
      counts.set(key, now);
      if (hours.length > 0) this.#book(row, sinceThen(now, this.#counts.get(key)), hours);
    }
    this.#counts = counts;
    this.#readAt = wall;
  }

  /** When the counts were read last, in milliseconds since 1970; undefined: they were not yet. */
  get readAt(): number | undefined {
    return this.#readAt;
  }

  /** The hours before one that were not taken yet, the earliest first. */
  hoursBefore(hour: number): readonly number[] {
    return [...this.#hours.keys()].filter((each) => each < hour).toSorted((a, b) => a - b);
  }

  /** Takes the rows of an hour, which is over: what is read from now on counts for later ones. */
  take(hour: number): HourRows {
    const rows = rowsOf(this.#hours.get(hour));
    for (const each of this.#hours.keys()) if (each <= hour) this.#hours.delete(each);
    this.#closed = Math.max(this.#closed, hour);
    return rows;
  }

  /** Undefined: nothing was read yet. */
  get kept(): KeptMeter | undefined {
    if (this.#readAt === undefined) return undefined;
    const hours = [...this.#hours].map(([hour, rows]) => [hour, rowsOf(rows)] as const);
    return {
      readAt: this.#readAt,
      closed: this.#closed,
      counts: [...this.#counts],
      hours,
    };
  }

  restore({ readAt, closed, counts, hours }: KeptMeter): void {
    [this.#readAt, this.#closed] = [readAt, closed];
    this.#counts = new Map(counts);
    for (const [hour, { passed, own }] of hours) {
      for (const row of passed) this.#add(hour, { kind: "passed", row }, amountsOf({ kind: "passed", row }));
      for (const row of own) this.#add(hour, { kind: "own", row }, amountsOf({ kind: "own", row }));
    }
  }

  /** The hours since the last reading, each with its part of what was counted meanwhile: they come to 1. */
  #partsBetween(readAt: number, wall: number): readonly { readonly hour: number; readonly part: number }[] {
    const first = Math.max(hourOf(readAt), this.#closed + 1);
    const now = hourOf(wall);
    // A clock that was put back books on the hour that it was in last.
    if (now <= first) return [{ hour: Math.max(first, now), part: 1 }];
    if (now === first + 1 && wall < startOfHour(now) + HOUR_SLACK_MS) return [{ hour: first, part: 1 }];
    const begin = Math.max(readAt, startOfHour(first), startOfHour(now - METER_HOURS_MAX + 1));
    const parts: { hour: number; part: number }[] = [];
    for (let hour = hourOf(begin); hour <= now; hour++) {
      const ms = Math.min(wall, startOfHour(hour) + HOUR_MS) - Math.max(begin, startOfHour(hour));
      parts.push({ hour, part: ms / Math.max(1, wall - begin) });
    }
    return parts;
  }

  #book(
    row: Row,
    amounts: readonly number[],
    hours: readonly { readonly hour: number; readonly part: number }[],
  ): void {
    if (amounts.every((amount) => amount === 0)) return;
    const left = [...amounts];
    for (const [at, { hour, part }] of hours.entries()) {
      const isLast = at === hours.length - 1;
      const own = amounts.map((amount, place) => (isLast ? left[place]! : Math.floor(amount * part)));
      for (const [place, amount] of own.entries()) left[place]! -= amount;
      if (own.some((amount) => amount > 0)) this.#add(hour, row, own);
    }
  }

  #add(hour: number, row: Row, amounts: readonly number[]): void {
    const rows = this.#hours.get(hour) ?? new Map<string, Row>();
    this.#hours.set(hour, rows);
    const name = nameOf(row);
    const known = rows.get(name);
    if (known === undefined && rows.size >= METER_ROWS_MAX) {
      this.left++;
      return;
    }
    const before = known === undefined ? undefined : amountsOf(known);
    rows.set(
      name,
      withAmounts(
        row,
        amounts.map((amount, at) => Math.min(AMOUNT_MAX, amount + (before?.[at] ?? 0))),
      ),
    );
    for (const each of this.#hours.keys()) if (each <= hour - METER_HOURS_MAX) this.#hours.delete(each);
  }
}

/** Amounts that were counted since then. Counts that are lower than before have begun anew. */
function sinceThen(now: readonly number[], before: readonly number[] | undefined): readonly number[] {
  const hasBegun = before === undefined || now.some((amount, at) => amount < (before[at] ?? 0));
  return hasBegun ? now : now.map((amount, at) => amount - before[at]!);
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

function rowsOf(rows: ReadonlyMap<string, Row> = new Map()): HourRows {
  const all = [...rows.values()];
  return {
    passed: all.flatMap(({ kind, row }) => (kind === "passed" ? [row] : [])),
    own: all.flatMap(({ kind, row }) => (kind === "own" ? [row] : [])),
  };
}
