/** Usage, as an agent shows itself. */
import { startOfHour } from "@florenetes/usage";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";

export interface UsageStatus {
  /** Receipts that this node has signed, rows that had no room in them, and records that wait until observers have them. */
  readonly receipts: { readonly signed: number; readonly left: number; readonly waiting: number };
  /** Receipts and shares of this node by what observers have said of them. */
  readonly handedIn: Readonly<Record<string, number>>;
  /** Usage records that are held. */
  readonly held: number;
  /** Null: the node observes nothing. */
  readonly observer: ObserverStatus | null;
}

interface ObserverStatus {
  readonly partition: string;
  /** Hours of which receipts are held. */
  readonly hours: number;
  /** Receipts and shares by what came of them. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Usage records that were signed, and claims above what neighbours had seen. */
  readonly signed: number;
  readonly claims: number;
  /** The hour that was added up last; null: none was. */
  readonly last: { readonly hour: string; readonly receipts: number; readonly missing: number } | null;
}

export function usageStatus({ usage }: Agent, at: Moment): UsageStatus {
  const { receipts, toObservers, shelf, observer } = usage;
  const partition = observer.partitionAt(at.wall);
  return {
    receipts: { signed: receipts.signed, left: receipts.left, waiting: toObservers.waiting },
    handedIn: Object.fromEntries(toObservers.outcomes),
    held: shelf.size,
    observer: partition === undefined ? null : { partition, ...observerStatus(observer) },
  };
}

function observerStatus(observer: Agent["usage"]["observer"]): Omit<ObserverStatus, "partition"> {
  const { hours, outcomes, signed, found, last } = observer;
  return {
    hours,
    outcomes: Object.fromEntries(outcomes),
    signed,
    claims: found,
    last:
      last === undefined ? null : { hour: hourText(last.hour), receipts: last.receipts, missing: last.missing.length },
  };
}

function hourText(hour: number): string {
  return new Date(startOfHour(hour)).toISOString();
}
