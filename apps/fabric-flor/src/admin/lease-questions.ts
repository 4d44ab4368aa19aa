/** Questions for leases, at the admin socket: why an origin has the routes that it has. */
import type { AdminRoute } from "@florenetes/process-kit";
import {
  type ComposeOptions,
  leftOutLinks,
  type LeftOutLink,
  leftOutRelays,
  type LeftOutRelay,
  RELAY_ROLE,
  type Want,
} from "@florenetes/routes";
import type { Agent } from "../agent/agent.ts";
import type { ShownLease } from "../agent/coordinator/lease-slot.ts";
import type { ShownPermits } from "../agent/coordinator/permits-office.ts";
import type { Moment } from "../agent/moment.ts";
import { roleHolders } from "../agent/records/role-holders.ts";
import { type KnownLease, knownLeases, type ToldLease } from "./known-leases.ts";

/** Leases of one answer: a coordinator looks for each of them over its whole graph. */
const LEASES_TOLD_MAX = 16;
/** Relays and links that a lease leaves out, and of which an answer tells. */
const LEFT_OUT_TOLD_MAX = 32;
/** The first digits of an id are enough, if there are so many. */
const ID_DIGITS_MIN = 8;

/** A lease as its origin, or its coordinator, tells of it. */
export interface LeaseAnswer extends ToldLease {
  /** At the coordinator. */
  readonly issue: IssueAnswer | null;
}

interface IssueAnswer {
  /** The rate that is asked for, in kbit/s. */
  readonly asked: number;
  readonly renewed: string | null;
  readonly waitsFor: readonly string[];
  /** Each relay's word on the permits that it was given last. */
  readonly relays: readonly (ShownPermits & { readonly relay: string })[];
  /** How much the origin doubts relays. */
  readonly doubts: Readonly<Record<string, number>>;
  readonly leftOut: {
    readonly relays: readonly (LeftOutRelay & { readonly because: string | null; readonly forMs: number | null })[];
    readonly links: readonly LeftOutLink[];
    /** Other relays that are left out, and links of all that are named. */
    readonly more: number;
  };
}

/** `GET /leases`, with `?of=…` (an id or its first 8 digits, a service, or `origin/service/host`): at most 16 of those that this node has as an origin or as a coordinator, and how many more there are. */
export function leaseQuestions(agent: Agent, node: string, now: () => Moment): Readonly<Record<string, AdminRoute>> {
  return {
    "/leases": (query) => {
      const [at, of] = [now(), query.get("of") ?? undefined];
      const all = [...knownLeases(agent, node, at)].filter((each) => isNamed(of, each));
      const leases = all.slice(0, LEASES_TOLD_MAX).map((each): LeaseAnswer => {
        const { shown, tell } = each;
        return { ...tell(), issue: shown === undefined ? null : issueOf(agent, shown, at) };
      });
      return { node, leases, left: all.length - leases.length };
    },
  };
}

function isNamed(of: string | undefined, { id, services, ...about }: KnownLease): boolean {
  if (of === undefined || services.includes(of)) return true;
  const { origin, service, host, coordinator } = about;
  const subject = [origin, service, host, ...(coordinator === null ? [] : [coordinator])].join("/");
  if (subject === of || subject.startsWith(`${of}/`)) return true;
  return of.length >= ID_DIGITS_MIN && id?.startsWith(of) === true;
}

function issueOf({ coordinator, book }: Agent, shown: ShownLease, at: Moment): IssueAnswer {
  const { leased, asked, waitsFor, doubts } = shown;
  const { graph, grounds, plan, leases, permits } = coordinator.work!;
  const { routes = [], rate = asked.rate } = leased ?? {};
  const names = [...new Set(routes.flatMap(({ pairs }) => pairs.map(({ relay }) => relay)))];
  const answer = {
    asked: asked.rate,
    renewed: leased === undefined ? null : new Date(leased.renewAt).toISOString(),
    waitsFor,
    relays: names.flatMap((relay) => [...permits.shown(relay)].map((each) => ({ relay, ...each }))),
    doubts: Object.fromEntries(doubts),
  };
  if (graph === undefined || grounds === undefined || book === undefined)
    return { ...answer, leftOut: { relays: [], links: [], more: 0 } };
  const want: Want = { ...asked, label: 0, doubts };
  const options: ComposeOptions = { graph, plan, ...grounds, avoid: new Set(leases.avoided.keys()) };
  const withRole = [...roleHolders(book, RELAY_ROLE, coordinator.partition!, at.wall)].map(({ node }) => node);
  const relays = leftOutRelays(want, { rate, routes }, withRole, options);
  const told = relays.slice(0, LEFT_OUT_TOLD_MAX).map((each) => {
    const avoided = leases.avoided.get(each.relay);
    const said = [...permits.shown(each.relay)].find(({ outcome }) => outcome !== "taken" && outcome !== "waits");
    return {
      ...each,
      because: avoided === undefined ? null : avoided.why === "refused" ? (said?.outcome ?? "refused") : avoided.why,
      forMs: avoided === undefined ? null : Math.max(0, avoided.until - at.now),
    };
  });
  const links = leftOutLinks(graph, new Set([shown.origin, shown.host, ...names, ...told.map(({ relay }) => relay)]));
  const toldLinks = links.slice(0, LEFT_OUT_TOLD_MAX);
  const more = relays.length - told.length + links.length - toldLinks.length;
  return { ...answer, leftOut: { relays: told, links: toldLinks, more } };
}
