/** Telemetry, as an agent shows itself. */
import { bodyOf } from "@florenetes/facts";
import { seriesOf } from "@florenetes/telemetry";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { observedBy } from "../agent/records/observed-by.ts";
import { type ToldTally, toldTally } from "./fleet-words.ts";

export interface TelemetryStatus {
  /** Whether somebody observes this node's partition, as far as it knows. */
  readonly isObserved: boolean;
  /** Reports and profiles of this node by what observers have said of them. */
  readonly handedIn: Readonly<Record<string, number>>;
  /** Observations that are held. */
  readonly held: number;
  /** Null: the node observes nothing. */
  readonly observer: FleetObserverStatus | null;
}

interface FleetObserverStatus {
  readonly partition: string;
  /** Nodes of which something is held. */
  readonly nodes: number;
  /** Reports and profiles by what came of them. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Observations that were signed. */
  readonly signed: number;
  /** Whole reports that are held, and their octets. */
  readonly samples: { readonly unwell: number; readonly well: number; readonly octets: number };
  /** The sums that were told last: of all nodes ("" and ""), by organization, and by role; `_none` and `_other` are no names. */
  readonly sums: readonly (ToldTally & { readonly organization: string; readonly role: string })[];
  /** Versions of releases in force and the observer's own; `_other`: any other. */
  readonly versions: Readonly<Record<string, number>>;
}

export function telemetryStatus(agent: Agent, at: Moment): TelemetryStatus {
  const { telemetry, book, node } = agent;
  const { isObserved, toObservers, shelf, observer } = telemetry;
  const partition = book && observedBy(book, node, at.wall);
  return {
    isObserved,
    handedIn: Object.fromEntries(toObservers.outcomes),
    held: shelf.size,
    observer:
      partition === undefined ? null : { partition, ...observerStatus(observer, knownVersions(agent, at.wall)) },
  };
}

/** Versions of releases in force, and this node's own: whatever others nodes say, series of them would be new ones each minute. */
function knownVersions({ book, routes }: Agent, wall: number): ReadonlySet<string> {
  const released = [...(book?.all("release", wall) ?? [])].flatMap((fact) => bodyOf(fact, "release")?.version ?? []);
  return new Set([...released, routes.own.profile.software.version]);
}

function observerStatus(
  observer: Agent["telemetry"]["observer"],
  known: ReadonlySet<string>,
): Omit<FleetObserverStatus, "partition"> {
  const { fleet, outcomes, signed, sums } = observer;
  const { nodes, versions } = seriesOf(sums, known);
  return {
    nodes: fleet.size,
    outcomes: Object.fromEntries(outcomes),
    signed,
    samples: fleet.samples.size,
    sums: nodes.map(({ organization, role, tally }) => ({ organization, role, ...toldTally(tally) })),
    versions: Object.fromEntries(versions),
  };
}
