/** A question for the score of a node, at the admin socket of a coordinator: nobody else knows what nodes report. */
import { type FactBook, LOAD_MAX } from "@florenetes/facts";
import type { AdminRoute } from "@florenetes/process-kit";
import {
  directoryOf,
  knownCandidate,
  phoneTierOf,
  type Purpose,
  PURPOSE_ROLES,
  roomAt,
  type Score,
  score,
  scoreWeightsOf,
  weightsOf,
} from "@florenetes/routes";
import type { Agent } from "../agent/agent.ts";
import type { Coordinator } from "../agent/coordinator/coordinator.ts";
import { AVOID_MS } from "../agent/coordinator/limits.ts";
import type { Moment } from "../agent/moment.ts";
import { announcedBy } from "../agent/records/announced.ts";
import { clusterPolicy } from "../agent/records/cluster-policy.ts";

/** Why there is no score. */
type ScoreFault = "not-coordinator" | "unknown-purpose" | "unknown-node" | "no-report";

export interface ScoreAnswer {
  /** The coordinator that tells it, and its partition; null: it coordinates none. */
  readonly node: string;
  readonly partition: string | null;
  readonly fault: ScoreFault | null;
  readonly score: Score | null;
}

type Work = NonNullable<Coordinator["work"]>;

/** `GET /score?of=NODE&for=PURPOSE`: how good a node is as a `relay`, an `exit`, a `replica` or at its `endpoint`, and why. */
export function scoreQuestions(agent: Agent, node: string, now: () => Moment): Readonly<Record<string, AdminRoute>> {
  return {
    "/score": (query): ScoreAnswer => {
      const { coordinator, book } = agent;
      const { work, partition = null } = coordinator;
      if (work === undefined || book === undefined)
        return { node, partition: null, fault: "not-coordinator", score: null };
      const found = scoreOf(query, { node, work, book, at: now() });
      return typeof found === "string"
        ? { node, partition, fault: found, score: null }
        : { node, partition, fault: null, score: found };
    },
  };
}

interface ScoreGrounds {
  readonly node: string;
  readonly work: Work;
  readonly book: FactBook;
  readonly at: Moment;
}

function scoreOf(query: URLSearchParams, { node, work, book, at }: ScoreGrounds): Score | ScoreFault {
  const [name, purpose] = [query.get("of") ?? "", query.get("for") ?? ""];
  if (!isPurpose(purpose)) return "unknown-purpose";
  const directory = directoryOf(book, at.wall);
  const own = directory.node(node);
  if (own === undefined) return "not-coordinator";
  const policy = clusterPolicy(book, at.wall);
  const { phones, reports, profiles } = work;
  const candidate = knownCandidate(name, purpose, {
    directory,
    reports,
    profiles,
    announced: announcedBy(book, name, at.wall),
    phones: { tier: phoneTierOf(policy), wordOf: (phone) => phones.wordOf(phone, at.now) },
    weights: weightsOf(policy),
    asker: { ...own, doubts: 0, planned: purpose === "relay" ? plannedOf(name, work) : 0 },
    tooFullAt: purpose === "relay" ? tooFullAt(name, work, at) : undefined,
    now: at.wall,
  });
  if (candidate === undefined) return "unknown-node";
  if (candidate.report === undefined) return "no-report";
  return score(candidate, { weights: scoreWeightsOf(policy), now: at.wall });
}

function isPurpose(text: string): text is Purpose {
  return Object.hasOwn(PURPOSE_ROLES, text);
}

/** How much of a relay's offer this coordinator has planned, in percent: all of it where it cannot tell yet. */
function plannedOf(name: string, { graph, grounds, plan }: Work): number {
  const place = graph?.placeOf(name);
  if (graph === undefined || grounds === undefined || place === undefined) return LOAD_MAX;
  return roomAt(place, "", { graph, plan, coordinators: grounds.coordinators }).planned;
}

/** When a relay has last refused permits as they came to more than its owner lets it carry. */
function tooFullAt(name: string, { leases, permits }: Work, { now, wall }: Moment): number | undefined {
  const avoided = leases.avoided.get(name);
  if (avoided?.why !== "refused" || ![...permits.shown(name)].some(({ outcome }) => outcome === "rate"))
    return undefined;
  return wall - Math.max(0, now - (avoided.until - AVOID_MS));
}
