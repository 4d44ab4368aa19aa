/** A coordinator, as it shows itself. */
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { countStates, type InstalledState } from "../agent/releases/release-counts.ts";

export interface CoordinatorStatus {
  readonly partition: string;
  /** Nodes whose reports are held, and whose letters come. */
  readonly reports: number;
  readonly nodes: number;
  /** Links that both of their ends tell. */
  readonly links: number;
  /** Leases that are asked for, that are given and have not ended, and that wait for relays. */
  readonly wanted: number;
  readonly live: number;
  readonly waiting: number;
  /** Relays with permits. */
  readonly relays: number;
  /** Leases and permits since this node coordinates, by what came of them. */
  readonly leases: Readonly<Record<"composed" | "given" | "taken" | "refused", number>>;
  readonly permits: Readonly<Record<"given" | "taken" | "refused", number>>;
  /** Leases that are asked for and cannot be had, by the reason. */
  readonly faults: Readonly<Record<string, number>>;
  /** Nodes that tell of their software, by the state in which they are with the release of their channel. */
  readonly software: Readonly<Record<InstalledState, number>>;
  /** Reports by what came of them: `taken`, or the reason against them. */
  readonly reported: Readonly<Record<string, number>>;
  /** Letters that were not read as their senders have sent too many, and records that nobody has acknowledged. */
  readonly tooManyLetters: number;
  /** Relays that are in no new lease for a minute, and changes of routes that waited for 10 s to pass since the last. */
  readonly avoided: number;
  readonly heldBack: number;
  readonly unacknowledged: number;
}

/** Null while the node coordinates nothing. */
export function coordinatorStatus({ coordinator }: Agent, at: Moment): CoordinatorStatus | null {
  const { work, partition, reported } = coordinator;
  if (work === undefined || partition === undefined) return null;
  const { reports, installed, guests, graph, leases, permits } = work;
  const faults: Record<string, number> = {};
  let waiting = 0;
  for (const { fault, waitsFor } of leases.shown(at)) {
    if (fault !== undefined) faults[fault] = (faults[fault] ?? 0) + 1;
    if (waitsFor.length > 0) waiting++;
  }
  return {
    partition,
    reports: reports.size,
    nodes: guests.size,
    links: graph?.links.length ?? 0,
    wanted: leases.wanted,
    live: leases.live(at.wall),
    waiting,
    relays: permits.relays,
    leases: { composed: leases.composed, given: leases.given, taken: leases.taken, refused: leases.refused },
    permits: { given: permits.sent, taken: permits.taken, refused: permits.refused },
    faults,
    software: countStates(installed.at(at.wall)),
    reported: Object.fromEntries(reported),
    tooManyLetters: guests.tooMany,
    avoided: leases.avoided.size,
    heldBack: leases.churn.heldBack,
    unacknowledged: guests.unacknowledged,
  };
}
