import { HOUR_MS, type ToldUsage } from "../../src/fabric/told-usage.ts";
import { type KnownUsage, UsageBook } from "../../src/fabric/usage-book.ts";
import { WALL } from "../a-fabric.ts";

/** The hour of now. */
export const HOUR: number = Math.floor(WALL / HOUR_MS);

/** Usage of acme in the hour of now, as o1 has signed it. */
export function usageOf(rest: Partial<ToldUsage> = {}): ToldUsage {
  const about = { organization: "acme", hour: HOUR, observer: "o1", partition: "north" };
  const { hour, organization, observer } = { ...about, ...rest };
  const relays = [{ relay: "r1", class: "bulk", packets: 12, bytes: 3_000, claimed: 3_456 }];
  return {
    ...about,
    record: `${organization}-${hour}-${observer}`,
    receipts: 12,
    missing: 0,
    relays,
    rest: { relays: 0, packets: 0, bytes: 0 },
    ...rest,
  };
}

/** Usage as an agent writes it. */
export function writtenOf(usage: ToldUsage): unknown {
  return { ...usage, hour: timeOf(usage.hour) };
}

export function timeOf(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString();
}

/** All that is known where the agent has told so much. */
export function knownOf(...told: readonly ToldUsage[]): KnownUsage {
  const book = new UsageBook();
  book.handleHours(HOUR - 100, HOUR, told, HOUR);
  return { rows: book.rows, since: timeOf(HOUR - 100), fault: null };
}
