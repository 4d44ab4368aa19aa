/** Questions for telemetry, at the admin socket: how the fleet is, as observers have added it up, and whole reports that an observer has kept. */
import { bodyOf, type ReportBody, readFact } from "@florenetes/facts";
import type { AdminRoute } from "@florenetes/process-kit";
import type { Sample } from "@florenetes/telemetry";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import type { HeldObservation } from "../agent/telemetry/observation-shelf.ts";
import { type ToldTally, toldTally } from "./fleet-words.ts";
import { afterError, pageOf } from "./page.ts";

/** Rows of one answer. */
const FLEET_TOLD_MAX = 500;
/** The name of a row: partition and organization, which may be none. */
const NAME = /^[^/]{1,63}\/[^/]{0,63}$/;
/** An observer that has said nothing for so long may be gone: the word of another one counts. */
const FRESH_MS = 150_000;
const NODE = /^[^/]{1,63}$/;

/** An observer's word, whether it is the one that counts or not. */
interface ToldObserver {
  readonly observer: string;
  /** The record. */
  readonly record: string;
  readonly at: string;
  /** Since when it listens. */
  readonly since: string;
  readonly heard: number;
}

interface FleetAnswer {
  readonly partition: string;
  /** Null: all nodes of the partition. */
  readonly organization: string | null;
  /** The observer whose word it is: of several that have spoken lately that which hears the most nodes, and then the first one by name. */
  readonly by: string;
  readonly observers: readonly ToldObserver[];
  readonly all: ToldTally;
  /** By role. */
  readonly roles: Readonly<Record<string, ToldTally>>;
  /** Nodes without a role, and those with roles for which the record had no room. */
  readonly none: ToldTally;
  readonly other: ToldTally;
  readonly versions: Readonly<Record<string, number>>;
  readonly otherVersions: number;
}

interface SampleAnswer {
  readonly node: string;
  /** None: it is well, and one in n that are so. */
  readonly findings: readonly string[];
  readonly at: string;
  readonly report: ReportBody | null;
}

interface Word extends HeldObservation {
  /** The observer has spoken within two periods and a half. */
  readonly isFresh: boolean;
}

/**
 * `GET /fleet`: the sums that this node was told, in the order of partition and organization; at most 500 rows and about a mebibyte, and how many more there are. `?organization=…`: of
 * that one alone; `&after=…`, the `next` of an answer, asks for those behind it. `GET /fleet/samples`: whole reports that this node keeps as an observer, by names of nodes; `?after=…`,
 * likewise. Throws ERR_FABRIC_AFTER.
 */
export function fleetQuestions(agent: Agent, cluster: string, at: () => Moment): Readonly<Record<string, AdminRoute>> {
  const { node } = agent;
  return {
    "/fleet": (query) => {
      const organization = query.get("organization") ?? undefined;
      const after = query.get("after") ?? undefined;
      if (after !== undefined && !NAME.test(after)) throw afterError(after, "PARTITION/ORGANIZATION");
      const { held, time } = agent.telemetry.heldAt(at());
      const asked = held.filter((each) => organization === undefined || each.organization === organization);
      const rows = Map.groupBy(asked, (each) => `${each.partition}/${each.organization}`);
      const { told, left, last } = pageOf(rows, {
        after,
        most: FLEET_TOLD_MAX,
        keyOf: ([name]) => name,
        answerOf: ([, words]) => fleetAnswer(words.map((word) => ({ ...word, isFresh: time < word.from + FRESH_MS }))),
      });
      return { node, fleet: told, left, next: last?.[0] ?? null };
    },
    "/fleet/samples": (query) => {
      const after = query.get("after") ?? undefined;
      if (after !== undefined && !NODE.test(after)) throw afterError(after, "NODE");
      const { told, left, last } = pageOf(agent.telemetry.observer.fleet.samples.list(), {
        after,
        most: FLEET_TOLD_MAX,
        keyOf: (sample) => sample.node,
        answerOf: sampleAnswer,
      });
      return { node, samples: told, left, next: last?.node ?? null };
    },
  };

  function sampleAnswer({ node: of, findings, takenAt, octets }: Sample): SampleAnswer {
    const fact = readFact(octets, cluster);
    const report = typeof fact === "string" ? undefined : bodyOf(fact, "report");
    return { node: of, findings, at: timeText(takenAt), report: report ?? null };
  }
}

/** @param words At least one */
function fleetAnswer(words: readonly Word[]): FleetAnswer {
  const heardBy = ({ sums: { all } }: Word): number => all[0] ?? 0;
  const isBefore = (one: Word, other: Word): boolean =>
    one.isFresh === other.isFresh ? heardBy(one) > heardBy(other) : one.isFresh;
  const best = words.reduce((one, other) => (isBefore(other, one) ? other : one));
  const { partition, organization, observer, sums } = best;
  return {
    partition,
    organization: organization === "" ? null : organization,
    by: observer,
    observers: words.map((word) => ({
      observer: word.observer,
      record: word.id,
      at: timeText(word.issued),
      since: timeText(word.since),
      heard: heardBy(word),
    })),
    all: toldTally(sums.all),
    roles: Object.fromEntries([...sums.roles].map(([role, tally]) => [role, toldTally(tally)])),
    none: toldTally(sums.none),
    other: toldTally(sums.other),
    versions: Object.fromEntries(sums.versions),
    otherVersions: sums.otherVersions,
  };
}

/** A time, as RFC 3339 writes it: with four digits of the year. A record may have any number for one. */
function timeText(time: number): string {
  return new Date(Math.min(time, LATEST)).toISOString();
}

const LATEST = Date.parse("9999-12-31T23:59:59.999Z");
