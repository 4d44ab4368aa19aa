/** Questions for usage, at the admin socket: what relays have carried, for which organizations, as observers have added it up. */
import { CARRIED_CLASSES, type UsageBody } from "@florenetes/facts";
import { OperatorError } from "@florenetes/operator-text";
import type { AdminRoute } from "@florenetes/process-kit";
import { hourOf, startOfHour } from "@florenetes/usage";
import type { Agent } from "../agent/agent.ts";
import type { UsageEntry } from "../agent/usage/usage-shelf.ts";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";
import { afterError, pageOf } from "./page.ts";

/** Rows of one answer. */
const USAGE_TOLD_MAX = 500;
/** The name of a row: the hour in ten digits, organization and observer. */
const NAME = /^\d{10}\/[^/]{0,63}\/[^/]{1,63}$/;

export interface UsageAnswer {
  /** Null: traffic of no organization, or of one that is not known. */
  readonly organization: string | null;
  /** When the hour begins. */
  readonly hour: string;
  readonly observer: string;
  readonly partition: string;
  /** The id of the record. */
  readonly record: string;
  /** Nodes that the observer has heard for the hour, and neighbours of these that it has not. */
  readonly receipts: number;
  readonly missing: number;
  readonly relays: readonly {
    readonly relay: string;
    readonly class: string;
    readonly packets: number;
    readonly bytes: number;
    readonly claimed: number;
  }[];
  /** Rows for which the record had no room, and what they come to. */
  readonly rest: { readonly relays: number; readonly packets: number; readonly bytes: number };
}

/**
 * `GET /usage`: usage that this node holds, in the order of hour, organization and observer; at most 500 rows and about a mebibyte, and how many more there are. `?from=…&to=…`: of the
 * hours of these times, both included; `&organization=…`: of that one alone; `&after=…`, the `next` of an answer, asks for those behind it. Throws ERR_FABRIC_AFTER and ERR_FABRIC_TIME.
 */
export function usageQuestions(agent: Agent, node: string): Readonly<Record<string, AdminRoute>> {
  return {
    "/usage": (query) => {
      const [from, to] = [hourIn(query, "from", 0), hourIn(query, "to", Number.MAX_SAFE_INTEGER)];
      const organization = query.get("organization") ?? undefined;
      const after = query.get("after") ?? undefined;
      if (after !== undefined && !NAME.test(after)) throw afterError(after, "HOUR/ORGANIZATION/OBSERVER");
      const entries = agent.usage.shelf.entries({ from, to, organization, after });
      const { told, left, last } = pageOf(entries, {
        after,
        most: USAGE_TOLD_MAX,
        keyOf: ({ name }) => name,
        answerOf: (entry) => usageAnswer(entry, agent.usage.read(entry.octets)!),
      });
      return { node, usage: told, left, next: last?.name ?? null };
    },
  };
}

function hourIn(query: URLSearchParams, name: string, none: number): number {
  const text = query.get(name);
  const time = text === null ? 0 : Date.parse(text);
  if (Number.isNaN(time)) {
    const code: FabricConfigErrorCode = "ERR_FABRIC_TIME";
    throw new OperatorError(code, `${name} is no time`, { advice: "Write it as 2026-11-29T22:00:00Z." });
  }
  return text === null ? none : hourOf(time);
}

/** A record of usage, as those who ask are told. */
export function usageAnswer({ organization, hour, observer, partition, id }: UsageEntry, body: UsageBody): UsageAnswer {
  const [relays, packets, bytes] = body.rest;
  return {
    organization: organization === "" ? null : organization,
    hour: new Date(startOfHour(hour)).toISOString(),
    observer,
    partition,
    record: id,
    receipts: body.receipts,
    missing: body.missing,
    relays: body.relays.map(([relay, at, sent, carried, claimed]) => {
      return { relay, class: CARRIED_CLASSES[at]!, packets: sent, bytes: carried, claimed };
    }),
    rest: { relays, packets, bytes },
  };
}
