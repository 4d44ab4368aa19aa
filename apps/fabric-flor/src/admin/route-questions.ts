/** Questions for routes, at the admin socket: all leases that a node knows of, in pages, and without what a coordinator had to look for to explain them. */
import { isName } from "@florenetes/operator-text";
import type { AdminRoute } from "@florenetes/process-kit";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { type KnownLease, knownLeases, type ToldLease, type ToldRoute } from "./known-leases.ts";
import { afterError, pageOf } from "./page.ts";

/** Leases of one answer. */
const ROUTES_TOLD_MAX = 500;

interface RoutesAnswer extends Omit<ToldLease, "routes"> {
  /** At the coordinator: relays whose word on their permits the next lease waits for. */
  readonly waitsFor: number;
  /** The primary first. */
  readonly routes: readonly Pick<ToldRoute, "via" | "mtu" | "cost" | "state" | "inUse" | "failure" | "measured">[];
}

/**
 * `GET /routes`: the leases that this node has as an origin, and those that it is asked for as a coordinator, in the order of origin, service, host, coordinator, who tells and scope; at most 500 and about
 * a mebibyte, and how many more there are. `?after=…`, the `next` of an answer, asks for those behind it. Throws ERR_FABRIC_AFTER.
 */
export function routeQuestions(agent: Agent, node: string, now: () => Moment): Readonly<Record<string, AdminRoute>> {
  return {
    "/routes": (query) => {
      const { work, partition } = agent.coordinator;
      const { told, left, last } = pageOf(knownLeases(agent, node, now()), {
        after: readAfter(query.get("after"))?.join(" "),
        most: ROUTES_TOLD_MAX,
        keyOf: (lease) => partsOf(lease).join(" "),
        answerOf,
      });
      const next = last === undefined ? null : partsOf(last).join("/");
      return { node, partition: work === undefined ? null : partition!, routes: told, left, next };
    },
  };
}

function answerOf({ tell, shown }: KnownLease): RoutesAnswer {
  const lease = tell();
  const routes = lease.routes.map(({ via, mtu, cost, state, inUse, failure, measured }) => {
    return { via, mtu, cost, state, inUse, failure, measured };
  });
  return { ...lease, waitsFor: shown?.waitsFor.length ?? 0, routes };
}

/** The parts of a lease's name. No part has a blank, and the coordinator's is "" where nobody has leased. */
function partsOf({ origin, service, host, coordinator, told, scope }: KnownLease): readonly string[] {
  return [origin, service, host, coordinator ?? "", told, scope];
}

/** Reads the parts of a lease's name. Throws ERR_FABRIC_AFTER. */
function readAfter(after: string | null): readonly string[] | undefined {
  if (after === null) return undefined;
  const [, origin = "", service = "", host = "", coordinator = "", told = "", scope = ""] = FORM.exec(after) ?? [];
  const names = [origin, service, host, coordinator === "" ? host : coordinator, scope.replace("org/", "")];
  if (!names.every(isName)) throw afterError(after, "ORIGIN/SERVICE/HOST/COORDINATOR/origin|coordinator/SCOPE");
  return [origin, service, host, coordinator, told, scope];
}

const FORM = /^([^/]+)\/([^/]+)\/([^/]+)\/([^/]*)\/(origin|coordinator)\/(cluster|org\/[^/]+)$/;
