/** The usage of the last 31 days, hour by hour, as far as there is room. Pure. */
import { createHash } from "node:crypto";
import { compareTexts } from "./compare-texts.ts";
import { USAGE_HOURS, USAGE_HOURS_AHEAD, USAGE_ROWS_MAX } from "./limits.ts";
import type { UsageRow } from "./resources.ts";
import { HOUR_MS, type ToldUsage } from "./told-usage.ts";

/** All that is known of usage at one moment. It never changes: the next one is another. */
export interface KnownUsage {
  /** In the order of `usageKey`. */
  readonly rows: readonly UsageRow[];
  /** From this hour on all rows are here that the agent has told of; null: it has told nothing yet. */
  readonly since: string | null;
  /** Why there may be rows that are not here; null: nothing is known that would be. */
  readonly fault: string | null;
}

export const NO_USAGE: KnownUsage = { rows: [], since: null, fault: "the agent has not been asked yet" };

/** The place of a row. */
export function usageKey({ hour, organization, observer, relay, class: kind }: UsageRow): string {
  return `${hour} ${organization ?? ""} ${observer} ${relay ?? "~"} ${kind ?? "~"}`;
}

/** Usage of an hour. */
interface Hour {
  readonly rows: readonly UsageRow[];
  /** Is another one where the agent has told something else. */
  readonly digest: string;
}

export class UsageBook {
  readonly #hours = new Map<number, Hour>();
  #size = 0;
  #since: number | undefined;
  #rows: readonly UsageRow[] = [];
  #isOther = false;

  /** The newest hour of which there are rows; undefined: there are none. */
  get newest(): number | undefined {
    return this.#hours.size === 0 ? undefined : Math.max(...this.#hours.keys());
  }

  /** From this hour on everything is here that the agent has told; undefined: it has told nothing. */
  get since(): number | undefined {
    return this.#since;
  }

  /** In the order of `usageKey`. The same array as before while nothing is other. */
  get rows(): readonly UsageRow[] {
    if (this.#isOther) this.#rows = [...this.#hours].toSorted(([a], [b]) => a - b).flatMap(([, { rows }]) => rows);
    this.#isOther = false;
    return this.#rows;
  }

  /**
   * Takes all that the agent tells of some hours in a row, which touch or overlap those that it has told before.
   *
   * @param from The first hour
   * @param to The last hour
   * @param now The hour of now
   */
  handleHours(from: number, to: number, told: readonly ToldUsage[], now: number): void {
    const [oldest, newest] = [now - USAGE_HOURS + 1, now + USAGE_HOURS_AHEAD];
    const byHour = Map.groupBy(told, ({ hour }) => hour);
    for (const [hour, usages] of byHour) if (hour >= from && hour <= to) this.#put(hour, usages);
    for (const hour of this.#hours.keys()) {
      const isGone = hour >= from && hour <= to && !byHour.has(hour);
      if (isGone || hour < oldest || hour > newest) this.#put(hour, []);
    }
    this.#since = Math.max(oldest, Math.min(this.#since ?? from, from));
    this.#makeRoom();
  }

  #put(hour: number, usages: readonly ToldUsage[]): void {
    const former = this.#hours.get(hour);
    const digest = createHash("sha256").update(JSON.stringify(usages)).digest("base64");
    if (former?.digest === digest) return;
    const rows = rowsOf(usages);
    this.#size += rows.length - (former?.rows.length ?? 0);
    this.#isOther = true;
    if (rows.length === 0) this.#hours.delete(hour);
    else this.#hours.set(hour, { rows, digest });
  }

  /** An hour goes as a whole: sums over a part of it would be wrong. */
  #makeRoom(): void {
    for (const hour of [...this.#hours.keys()].toSorted((a, b) => a - b)) {
      if (this.#size <= USAGE_ROWS_MAX) return;
      this.#put(hour, []);
      this.#since = hour + 1;
    }
  }
}

/** The rows of an hour. Of several observers of one organization and partition, the one that has heard most nodes counts. */
function rowsOf(usages: readonly ToldUsage[]): readonly UsageRow[] {
  const counted = new Map<string, ToldUsage>();
  for (const usage of usages) {
    const former = counted.get(placeOf(usage));
    if (former === undefined || isBefore(usage, former)) counted.set(placeOf(usage), usage);
  }
  const rows = usages.flatMap((usage) => relayRows(usage, counted.get(placeOf(usage)) === usage));
  const byKey = new Map(rows.map((row) => [usageKey(row), row]));
  return [...byKey].toSorted(([a], [b]) => compareTexts(a, b)).map(([, row]) => row);
}

function placeOf({ organization, partition }: ToldUsage): string {
  return JSON.stringify([organization, partition]);
}

function isBefore(one: ToldUsage, other: ToldUsage): boolean {
  return one.receipts > other.receipts || (one.receipts === other.receipts && one.observer < other.observer);
}

/** A row for each relay and class, and for those that are not named. */
function relayRows(usage: ToldUsage, isCounted: boolean): readonly UsageRow[] {
  const { hour, organization, partition, observer, record, receipts, missing, relays, rest } = usage;
  const time = new Date(hour * HOUR_MS).toISOString();
  const about = { hour: time, organization, partition, observer, record, receipts, missing, isCounted };
  const rows = relays.map((relay): UsageRow => ({ ...about, ...relay }));
  const { packets, bytes } = rest;
  const hasRest = rest.relays > 0 || packets > 0 || bytes > 0 || relays.length === 0;
  return hasRest ? [...rows, { ...about, relay: null, class: null, packets, bytes, claimed: null }] : rows;
}
