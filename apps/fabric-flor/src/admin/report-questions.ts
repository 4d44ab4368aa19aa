/** Questions for the nodes of a partition, at the admin socket of its coordinator: they are told as they report of themselves. */
import { bodyOf, type Fact, type ProfileBody, type ReportBody, type ReportedLink } from "@florenetes/facts";
import { isName } from "@florenetes/operator-text";
import type { AdminRoute } from "@florenetes/process-kit";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { afterError, pageOf } from "./page.ts";

/** Reports of one answer. */
const REPORTS_TOLD_MAX = 500;

interface ReportAnswer extends Pick<ReportBody, "load" | "metered" | "nat" | "versions"> {
  readonly node: string;
  /** Its device and its program, as it says itself; null: it has not told, or its program is of an earlier version. */
  readonly profile: ProfileBody | null;
  /** Since it was made, by the clocks of both. */
  readonly ageMs: number;
  readonly expires: string;
  /** The charge in percent; null: the node does not run on a battery. */
  readonly battery: number | null;
  readonly links: readonly LinkAnswer[];
  /** Null: the node carries nothing of others. */
  readonly offer: ReportBody["offer"] | null;
  /** Routes in use, by the ids of leases, and what was measured of those of each lease, as far as they were tried, in their order. */
  readonly routes: readonly { readonly lease: string; readonly measured: readonly MeasuredAnswer[] }[];
  /** Hosts of services that it wants leases for. */
  readonly uses: number;
  /** Bytes of others under the permits that it has, of all classes together. */
  readonly carried: number;
}

interface MeasuredAnswer {
  readonly roundTripMs: number;
  /** A share from 0 to 1. */
  readonly loss: number;
}

interface LinkAnswer {
  readonly peer: string;
  readonly tag: string;
  /** Null: the node does not know it. */
  readonly provider: string | null;
  readonly roundTripMs: number;
  /** Shares from 0 to 1. */
  readonly loss: number;
  readonly queue: number;
  /** In kbit/s. */
  readonly rate: number;
  /** In bytes. */
  readonly mtu: number;
  /** In the last hour. */
  readonly breaks: number;
}

/**
 * `GET /reports`: the newest report of each node of the partition that this node coordinates, by the names of the nodes; at most 500 and about a mebibyte, and how many more there are. `?after=…`, the `next`
 * of an answer, asks for those behind it. Throws ERR_FABRIC_AFTER.
 */
export function reportQuestions(agent: Agent, node: string, now: () => Moment): Readonly<Record<string, AdminRoute>> {
  return {
    "/reports": (query) => {
      const after = query.get("after") ?? undefined;
      if (after !== undefined && !isName(after)) throw afterError(after, "NODE");
      const { work, partition } = agent.coordinator;
      const { wall } = now();
      const profiles = new Map((work?.profiles.at(wall) ?? []).map((fact) => [fact.subject, bodyOf(fact, "profile")!]));
      const { told, left, last } = pageOf(work?.reports.at(wall) ?? [], {
        after,
        most: REPORTS_TOLD_MAX,
        keyOf: ({ subject }) => subject,
        answerOf: (report) => answerOf(report, profiles.get(report.subject) ?? null, wall),
      });
      return {
        node,
        partition: work === undefined ? null : partition!,
        reports: told,
        left,
        next: last?.subject ?? null,
      };
    },
  };
}

function answerOf(report: Fact, profile: ProfileBody | null, wall: number): ReportAnswer {
  const { load, battery, metered, nat, links, offer, routes, uses, carried, versions } = bodyOf(report, "report")!;
  return {
    node: report.subject,
    profile,
    ageMs: Math.max(0, wall - report.issued),
    expires: new Date(report.expires).toISOString(),
    load,
    battery: battery ?? null,
    metered,
    nat,
    links: links.map(linkOf),
    offer: offer ?? null,
    routes: routes.map(({ lease, measured }) => ({
      lease,
      measured: measured.map(([roundTrip, loss]) => ({ roundTripMs: roundTrip / 1_000, loss: loss / 1_000_000 })),
    })),
    uses: uses.length,
    carried: carried.reduce((sum, { bytes }) => bytes.reduce((part, each) => part + each, sum), 0),
    versions,
  };
}

function linkOf({ peer, tag = "0", provider, figures }: ReportedLink): LinkAnswer {
  const [roundTrip, , loss, rate, queue, mtu, breaks] = figures;
  return {
    peer,
    tag,
    provider: provider ?? null,
    roundTripMs: roundTrip / 1_000,
    loss: loss / 1_000_000,
    rate,
    queue: queue / 100,
    mtu,
    breaks,
  };
}
