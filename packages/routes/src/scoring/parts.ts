/** The points that a candidate loses: for each part a count in small units, and its weight. Parts that a route's cost has, too, are counted as there. */
import type { PolicyBody } from "@florenetes/facts";
import { BREAKS_MAX, LOAD_MAX, LOSS_MAX, RANK_MAX } from "@florenetes/facts";
import {
  COST_PART_NAMES,
  COST_PARTS,
  type CostPart,
  pointsOf,
  type Units,
  unitsOfLink,
  unitsOfRelay,
  type Weights,
  weightsFor,
} from "../costs.ts";
import { DOUBTS_MAX, RATE_ENOUGH, ROUND_TRIP_CEILING, TIER_ENOUGH } from "../limits.ts";
import type { Candidate, CandidateReport } from "./candidate.ts";
import { atLeastNothing, atMost, isCount } from "./figures.ts";
import { ageOf } from "./gates.ts";
import { FADE_MS, REPORT_MS } from "./limits.ts";

/** A route's cost has its length besides. */
const { length: _, ...SHARED_PARTS } = COST_PARTS;

export type ScorePart = Exclude<CostPart, "length"> | "mobility" | "network" | "reach" | "age" | "capacity";

/** Parts of a score, the unit in which each is counted, and the points of one unit where the policy says nothing. */
export const SCORE_PARTS: Readonly<Record<ScorePart, { readonly unit: string; readonly weight: number }>> = {
  ...SHARED_PARTS,
  mobility: { unit: "phones", weight: 2_000 },
  network: { unit: "steps from a wire", weight: 500 },
  reach: { unit: "nodes that nobody reaches from outside", weight: 1_000 },
  age: { unit: "seconds since the report", weight: 10 },
  capacity: { unit: "seconds left of 60 since it was too full", weight: 100 },
};

export const SCORE_PART_NAMES = Object.keys(SCORE_PARTS) as readonly ScorePart[];
const MOBILITY = SCORE_PART_NAMES.indexOf("mobility");
/** Steps from a wire. Whatever else a phone says is one more. */
const NETWORKS: readonly unknown[] = ["wired", "wifi", "cellular"];

/** The weights of a policy, in the order of `SCORE_PART_NAMES`. A phone costs a point at least, so that of two equals the one that is none wins. */
export function scoreWeightsOf(policy: PolicyBody | undefined): Weights {
  return weightsFor(SCORE_PARTS, policy).map((weight, part) => (part === MOBILITY ? Math.max(1, weight) : weight));
}

/** The units of a candidate, in the order of `SCORE_PART_NAMES`. */
export function unitsOf(candidate: Candidate, now: number): Units {
  const { records, report = {}, offer, asker } = candidate;
  const own: Partial<Record<ScorePart, number>> = {
    mobility: Number(records.isMobile),
    network: records.isMobile ? stepsOf(report) : 0,
    reach: report.nat === "none" || report.hasGoodEndpoint === true ? 0 : 1,
    age: Math.ceil(atMost(ageOf(report, now), REPORT_MS) / 1_000),
    capacity: fadingOf(candidate.tooFullAt, now),
  };
  const relay = unitsOfRelay(
    {
      tier: atLeastNothing(records.tier, TIER_ENOUGH),
      partition: records.partition,
      organization: records.organization,
      report: {
        load: loadOf(report),
        battery: chargeOf(records.isMobile, report),
        metered: report.metered !== false || (records.isMobile && report.device?.metered !== false),
        offer: { price: atMost(offer?.price, RANK_MAX) },
      },
    },
    { origin: asker, planned: atMost(asker.planned, LOAD_MAX), doubts: atMost(asker.doubts, DOUBTS_MAX) },
  );
  const link = unitsOfLink(figuresOf(report));
  return SCORE_PART_NAMES.map((name) => {
    const shared = (COST_PART_NAMES as readonly string[]).indexOf(name);
    return shared === -1 ? (own[name] ?? 0) : link[shared]! + relay[shared]!;
  });
}

/** A score that nothing is missing of: a point above all that a candidate can lose, so that whoever may be used has one point at least. */
export function ceilingOf(weights: Weights): number {
  return 1 + pointsOf(WORST_UNITS, weights);
}

/** The worst candidate: nothing is reported of it, and all else is the worst. */
const WORST_UNITS: Units = unitsOf(
  {
    purpose: "relay",
    records: { hasRole: true, tier: 0, organization: "", partition: "", isMobile: true },
    tooFullAt: 0,
    asker: { organization: "other", partition: "other", doubts: DOUBTS_MAX, planned: LOAD_MAX },
  },
  0,
);

function figuresOf({ link = {} }: CandidateReport): Parameters<typeof unitsOfLink>[0] {
  return [
    atMost(link.roundTrip, ROUND_TRIP_CEILING),
    atMost(link.jitter, ROUND_TRIP_CEILING),
    atMost(link.loss, LOSS_MAX),
    atLeastNothing(link.rate, RATE_ENOUGH),
    atMost(link.queue, LOAD_MAX),
    0,
    atMost(link.breaks, BREAKS_MAX),
  ];
}

function loadOf({ load }: CandidateReport): {
  readonly cpu: number;
  readonly memory: number;
  readonly sockets: number;
} {
  return {
    cpu: atMost(load?.cpu, LOAD_MAX),
    memory: atMost(load?.memory, LOAD_MAX),
    sockets: atMost(load?.sockets, LOAD_MAX),
  };
}

/** The charge that counts. A phone has the lower one of its two words; a node that is none, and says nothing, runs on no battery. */
function chargeOf(isMobile: boolean, { battery, device }: CandidateReport): number {
  const [own, phones] = [battery, device?.battery].map((charge) => atLeastNothing(charge, 100));
  if (!isMobile) return battery === undefined ? 100 : own!;
  return battery === undefined ? phones! : Math.min(own!, phones!);
}

function stepsOf({ device }: CandidateReport): number {
  const steps = NETWORKS.indexOf(device?.network);
  return steps === -1 ? NETWORKS.length : steps;
}

/** Seconds that are left of the time in which a candidate pays for having been too full. A time that is none, or in the future, is now. */
function fadingOf(tooFullAt: number | undefined, now: number): number {
  if (tooFullAt === undefined) return 0;
  const since = isCount(tooFullAt) ? Math.max(0, now - tooFullAt) : 0;
  return Math.ceil(Math.max(0, FADE_MS - since) / 1_000);
}
