/** Sums of usage: of the rows that count, by what they are of and by month, day or hour. Pure. */
import { compareTexts } from "./compare-texts.ts";
import type { UsageRow } from "./resources.ts";

export const USAGE_GROUPS = ["organization", "relay", "class"] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** Steps of time, each with the characters of an hour's text that name it: `2026-11-29T22`. */
const STEP_LENGTHS: Readonly<Record<UsageStep, number>> = { month: 7, day: 10, hour: 13 };
export const USAGE_STEPS = ["month", "day", "hour"] as const;
export type UsageStep = (typeof USAGE_STEPS)[number];

interface UsageSum {
  readonly packets: number;
  readonly bytes: number;
  /** Bytes that relays have claimed beyond those that count. */
  readonly beyond: number;
}

/** A sum of one name in one step of time. */
export interface StepSum extends UsageSum {
  /** `2026-11`, `2026-11-29` or `2026-11-29T22`. */
  readonly step: string;
  readonly name: string | null;
}

export interface NameSum extends UsageSum {
  /** Null: no organization, or relays or classes that are not named. */
  readonly name: string | null;
  /** Bytes of each step, in the order of `steps`; null: in this step nothing at all was counted. */
  readonly bySteps: readonly (number | null)[];
}

export interface UsageSums {
  readonly whole: UsageSum;
  /** All steps from the first to the last in which something was counted. */
  readonly steps: readonly string[];
  /** The name with the most bytes first. */
  readonly names: readonly NameSum[];
  /** The newest first, and names in their order. */
  readonly byStep: readonly StepSum[];
  /** Hours of an organization and partition that were counted, and those of which nodes were not heard. */
  readonly hours: number;
  readonly hoursMissing: number;
}

interface Sum {
  packets: number;
  bytes: number;
  beyond: number;
}

/** @param rows those that do not count are passed over */
export function sumUsage(rows: readonly UsageRow[], by: UsageGroup, per: UsageStep): UsageSums {
  const whole = newSum();
  const names = new Map<string | null, Map<string, Sum>>();
  const steps = new Set<string>();
  const [hours, missing] = [new Set<string>(), new Set<string>()];
  for (const row of rows) {
    if (!row.isCounted) continue;
    const step = row.hour.slice(0, STEP_LENGTHS[per]);
    steps.add(step);
    hours.add(row.record);
    if (row.missing > 0) missing.add(row.record);
    let bySteps = names.get(row[by]);
    if (bySteps === undefined) names.set(row[by], (bySteps = new Map()));
    let sum = bySteps.get(step);
    if (sum === undefined) bySteps.set(step, (sum = newSum()));
    add(sum, row);
    add(whole, row);
  }
  const all = stepsBetween([...steps].toSorted(compareTexts), per);
  return {
    whole,
    steps: all,
    names: [...names]
      .map(([name, bySteps]) => nameSum(name, bySteps, all, steps))
      .toSorted((a, b) => b.bytes - a.bytes || compareTexts(a.name ?? "", b.name ?? "")),
    byStep: [...names]
      .flatMap(([name, bySteps]) => [...bySteps].map(([step, sum]): StepSum => ({ step, name, ...sum })))
      .toSorted((a, b) => compareTexts(b.step, a.step) || compareTexts(a.name ?? "", b.name ?? "")),
    hours: hours.size,
    hoursMissing: missing.size,
  };
}

function nameSum(
  name: string | null,
  bySteps: ReadonlyMap<string, Sum>,
  all: readonly string[],
  counted: ReadonlySet<string>,
): NameSum {
  const sum = newSum();
  for (const { packets, bytes, beyond } of bySteps.values()) {
    sum.packets += packets;
    sum.bytes += bytes;
    sum.beyond += beyond;
  }
  const values = all.map((step) => bySteps.get(step)?.bytes ?? (counted.has(step) ? 0 : null));
  return { name, ...sum, bySteps: values };
}

function newSum(): Sum {
  return { packets: 0, bytes: 0, beyond: 0 };
}

function add(sum: Sum, { packets, bytes, claimed }: UsageRow): void {
  sum.packets += packets;
  sum.bytes += bytes;
  sum.beyond += Math.max(0, (claimed ?? bytes) - bytes);
}

/** Also those between them of which nothing was counted. */
function stepsBetween(counted: readonly string[], per: UsageStep): readonly string[] {
  const [first, last] = [counted[0], counted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const steps: string[] = [];
  for (let step = first; step <= last; step = stepAfter(step, per)) steps.push(step);
  return steps;
}

function stepAfter(step: string, per: UsageStep): string {
  const time = new Date(`${step}${"2026-01-01T00:00:00.000Z".slice(step.length)}`);
  if (per === "month") time.setUTCMonth(time.getUTCMonth() + 1);
  else if (per === "day") time.setUTCDate(time.getUTCDate() + 1);
  else time.setUTCHours(time.getUTCHours() + 1);
  return time.toISOString().slice(0, STEP_LENGTHS[per]);
}
