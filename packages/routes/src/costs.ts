/** The cost of a route: for each part a count in small units, and its weight. All are integers, so that every coordinator comes to the same. */
import type { LinkFigures, PolicyBody, ReportBody } from "@florenetes/facts";
import type { NodeStanding } from "./directory.ts";
import { DOUBT_BREAKS, LOAD_FREE, RATE_ENOUGH, ROUND_TRIP_CEILING, ROUND_TRIP_FLOOR, TIER_ENOUGH } from "./limits.ts";

/** Parts of a cost, the unit in which each is counted, and the points of one unit where the policy says nothing. */
export const COST_PARTS = {
  length: { unit: "links", weight: 500 },
  "round-trip": { unit: "tenths of a millisecond", weight: 10 },
  jitter: { unit: "tenths of a millisecond of jitter", weight: 10 },
  loss: { unit: "hundredths of a percent lost", weight: 50 },
  rate: { unit: "halvings below 100 Mbit/s", weight: 400 },
  pressure: { unit: "percent of pressure", weight: 20 },
  battery: { unit: "percent of charge missing", weight: 50 },
  metering: { unit: "metered nodes", weight: 5_000 },
  reliability: { unit: "breaks within an hour", weight: 200 },
  trust: { unit: "missing trust tiers", weight: 100 },
  locality: { unit: "borders of partitions and organizations", weight: 200 },
  price: { unit: "points of price", weight: 10 },
} as const;
export type CostPart = keyof typeof COST_PARTS;

export const COST_PART_NAMES = Object.keys(COST_PARTS) as readonly CostPart[];

/** Points of one unit, for each part in the order of `COST_PART_NAMES`. */
export type Weights = readonly number[];
/** Units of each part, in the same order. */
export type Units = readonly number[];

/** The weights of a policy. Parts that it does not name have their own, and names that are no parts say nothing. */
export function weightsOf(policy: PolicyBody | undefined): Weights {
  return weightsFor(COST_PARTS, policy);
}

/** The weights that a policy has for some parts, in their order. */
export function weightsFor(
  parts: Readonly<Record<string, { readonly weight: number }>>,
  policy: PolicyBody | undefined,
): Weights {
  const said = new Map(policy?.weights?.map(({ of, weight }) => [of, weight]));
  return Object.entries(parts).map(([part, { weight }]) => said.get(part) ?? weight);
}

/** The units of a link. */
export function unitsOfLink([roundTrip, jitter, loss, rate, queue, , breaks]: LinkFigures): Units {
  const bounded = Math.min(Math.max(roundTrip, ROUND_TRIP_FLOOR), ROUND_TRIP_CEILING);
  return unitsOf({
    length: 1,
    "round-trip": tenths(bounded),
    jitter: tenths(Math.min(jitter, ROUND_TRIP_CEILING)),
    loss: Math.ceil(loss / 100),
    rate: halvingsTo(rate),
    pressure: queue,
    reliability: breaks,
  });
}

/** All that the units of a relay are made of. */
export interface RelayFacts extends NodeStanding {
  readonly report: Pick<ReportBody, "load" | "battery" | "metered"> & {
    readonly offer?: { readonly price: number } | undefined;
  };
}

export interface RelayUse {
  /** The partition and organization of the origin. */
  readonly origin: Pick<NodeStanding, "partition" | "organization">;
  /** How much of the relay's offer is planned, in percent. */
  readonly planned: number;
  /** How much the origin doubts the relay. */
  readonly doubts: number;
}

/** The units of a relay in a route. */
export function unitsOfRelay(relay: RelayFacts, { origin, planned, doubts }: RelayUse): Units {
  const { load, battery = 100, metered, offer } = relay.report;
  const busiest = Math.max(load.cpu, load.memory, load.sockets);
  return unitsOf({
    pressure: Math.max(0, busiest - LOAD_FREE) + planned,
    battery: 100 - battery,
    metering: metered ? 1 : 0,
    reliability: doubts * DOUBT_BREAKS,
    trust: Math.max(0, TIER_ENOUGH - relay.tier),
    locality: Number(relay.partition !== origin.partition) + Number(relay.organization !== origin.organization),
    price: offer?.price ?? 0,
  });
}

/** The points of some units. */
export function pointsOf(units: Units, weights: Weights): number {
  return units.reduce((sum, count, part) => sum + count * weights[part]!, 0);
}

/** Parts of a cost that are not 0, as a lease has them. */
export function whyOf(
  units: Units,
  weights: Weights,
): { readonly of: CostPart; readonly value: number; readonly cost: number }[] {
  return COST_PART_NAMES.map((of, part) => ({ of, value: units[part]!, cost: units[part]! * weights[part]! })).filter(
    ({ cost }) => cost > 0,
  );
}

function unitsOf(counts: Partial<Record<CostPart, number>>): Units {
  return COST_PART_NAMES.map((part) => counts[part] ?? 0);
}

function tenths(microseconds: number): number {
  return Math.floor(microseconds / 100);
}

/** How often a rate has to be doubled to be enough: 17 times at most. */
function halvingsTo(rate: number): number {
  let halvings = 0;
  for (let each = Math.max(rate, 1); each < RATE_ENOUGH; each *= 2) halvings++;
  return halvings;
}
