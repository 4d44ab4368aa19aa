/** Findings of a node: why it is unwell, in a bounded set of words of our own, whatever nodes say. Pure. */
import type { ProfileBody, ReportBody, ReportedLink } from "@florenetes/facts";
import { RATE_MAX, ROUND_TRIP_MAX } from "@florenetes/facts";

/** Each finding with its row of docs/protocol/fabric-telemetry.md. */
export const FINDINGS = [
  "pressure",
  "no-link",
  "loss",
  "delay",
  "queue",
  "flapping",
  "battery",
  "nat",
  "old-software",
  "contract-gap",
  "implausible",
] as const;
export type FindingName = (typeof FINDINGS)[number];

/** Load, in percent, from which on a machine is under pressure. */
export const PRESSURE_LOAD = 90;
/** Loss of a link, in millionths, and its round trip in microseconds, and what waits in its queue in percent: above these a node is unwell. */
export const UNWELL_LOSS = 50_000;
export const UNWELL_ROUND_TRIP = 1_000_000;
export const UNWELL_QUEUE = 90;
/** Links of a node that broke so often in an hour, all together, flap. */
export const UNWELL_BREAKS = 6;
/** A charge, in percent, below which a device that nothing feeds ends soon. */
export const UNWELL_BATTERY = 15;

/**
 * Whether nothing real has such figures: a value stands at its limit. Such a link counts in no measure. A round trip of 0 is real: vertices tell whole milliseconds, and a link within one room takes
 * less than half of one.
 */
export function isImplausible({ figures: [roundTrip, , , rate] }: Pick<ReportedLink, "figures">): boolean {
  return roundTrip >= ROUND_TRIP_MAX || rate >= RATE_MAX;
}

/** Findings of a report. */
export function findingsOfReport(node: string, { links, load, battery, nat, offer }: ReportBody): FindingName[] {
  const good = links.filter((link) => !isImplausible(link));
  const isLoaded = Math.max(load.cpu, load.memory, load.sockets) >= PRESSURE_LOAD;
  const breaks = links.reduce((sum, { figures }) => sum + figures[6], 0);
  const found: readonly (readonly [FindingName, boolean])[] = [
    ["pressure", isLoaded],
    ["no-link", links.length === 0],
    ["loss", good.some(({ figures: [, , loss] }) => loss > UNWELL_LOSS)],
    ["delay", good.some(({ figures: [roundTrip] }) => roundTrip > UNWELL_ROUND_TRIP)],
    ["queue", good.some(({ figures: [, , , , queue] }) => queue > UNWELL_QUEUE)],
    ["flapping", breaks >= UNWELL_BREAKS],
    ["battery", battery !== undefined && battery < UNWELL_BATTERY],
    // Others cannot call a relay that only NAT shows.
    ["nat", offer !== undefined && nat === "mapped"],
    ["implausible", good.length < links.length || links.some(({ peer }) => peer === node)],
  ];
  return found.flatMap(([finding, is]) => (is ? [finding] : []));
}

/**
 * Findings of a profile.
 *
 * @param own Contracts as this program speaks them: a node that knows one in earlier versions alone is old, and one that has no version in common cannot be spoken to
 */
export function findingsOfProfile({ contracts }: ProfileBody, own: ProfileBody["contracts"]): FindingName[] {
  const both = contracts.flatMap((theirs) => {
    const ours = own.find(({ of }) => of === theirs.of);
    return ours === undefined ? [] : [{ theirs, ours }];
  });
  const isOld = both.some(({ theirs, ours }) => theirs.highest < ours.highest);
  const isApart = both.some(({ theirs, ours }) => theirs.highest < ours.lowest || theirs.lowest > ours.highest);
  return [...(isOld ? (["old-software"] as const) : []), ...(isApart ? (["contract-gap"] as const) : [])];
}
