/** Questions for leases, at the admin socket: why an origin has the routes that it has. */
import type { LeasedRoute } from "@florenetes/facts";
import type { TrafficClassName } from "@florenetes/forwarding";
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
import type { HeldLease } from "../agent/routes/lease-desk.ts";

/** Leases of one answer: a coordinator looks for each of them over its whole graph. */
const LEASES_TOLD_MAX = 16;
/** Relays and links that a lease leaves out, and of which an answer tells. */
const LEFT_OUT_TOLD_MAX = 32;
/** The first digits of an id are enough, if there are so many. */
const ID_DIGITS_MIN = 8;

/** A lease as its origin, or its coordinator, tells of it. */
export interface LeaseAnswer {
  readonly told: "origin" | "coordinator";
  /** Null: nobody has a lease yet, and `fault` says why. */
  readonly id: string | null;
  readonly origin: string;
  readonly service: string;
  readonly scope: string;
  readonly host: string;
  readonly coordinator: string | null;
  readonly epoch: number | null;
  readonly expires: string | null;
  readonly classes: readonly string[];
  /** In kbit/s. */
  readonly rate: number;
  /** The primary first. */
  readonly routes: readonly RouteAnswer[];
  /** At the origin: `live`, `held` or why it is good no more; and whether it is the one that is used for its host. */
  readonly standing: string | null;
  readonly isUsed: boolean | null;
  /** Why none can be had, or why the next one waits. */
  readonly fault: string | null;
  /** At the coordinator. */
  readonly issue: IssueAnswer | null;
}

interface RouteAnswer extends LeasedRoute {
  /** At the origin: `in-use`, `stands-by`, `failed`, or `unusable`, as its first link is not there or a node of it was taken back; at the coordinator `leased`. */
  readonly state: "in-use" | "stands-by" | "failed" | "unusable" | "leased";
  readonly inUse: readonly TrafficClassName[];
  readonly failure: string | null;
  readonly measured: { readonly roundTripMs: number; readonly loss: number } | null;
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
      const all = [...originLeases(agent, node, at), ...coordinatorLeases(agent, node, at)].filter(({ names }) =>
        isNamed(of, names),
      );
      const leases = all.slice(0, LEASES_TOLD_MAX).map(({ answer }) => answer());
      return { node, leases, left: all.length - leases.length };
    },
  };
}

/** The names of a lease, and how its answer is made: that is work for a coordinator. */
interface Candidate {
  readonly names: { readonly id: string | undefined; readonly services: readonly string[]; readonly subject: string };
  readonly answer: () => LeaseAnswer;
}

function isNamed(of: string | undefined, { id, services, subject }: Candidate["names"]): boolean {
  if (of === undefined || services.includes(of) || subject === of || subject.startsWith(`${of}/`)) return true;
  return of.length >= ID_DIGITS_MIN && id?.startsWith(of) === true;
}

function* originLeases(agent: Agent, node: string, at: Moment): Generator<Candidate> {
  const { routes, planner } = agent;
  const { wanted } = planner.services;
  const namesOf = (service: string): string[] => [
    service,
    ...wanted.filter((each) => each.service === service).map(({ name }) => name),
  ];
  const found = new Set<string>();
  for (const held of routes.leases.held(wanted, at)) {
    const { fact, service, host } = held.lease;
    found.add(`${fact.scope} ${service} ${host}`);
    const names = { id: fact.id, services: namesOf(service), subject: fact.subject };
    yield { names, answer: () => originAnswer(held, node) };
  }
  for (const { scope, service, host, classes, rate } of routes.uses) {
    if (found.has(`${scope} ${service} ${host}`)) continue;
    const names = { id: undefined, services: namesOf(service), subject: `${node}/${service}/${host}` };
    const none = { id: null, coordinator: null, epoch: null, expires: null, routes: [], standing: null, isUsed: null };
    const about = { told: "origin", origin: node, service, scope, host, classes, rate } as const;
    yield { names, answer: () => ({ ...about, ...none, fault: "no-lease", issue: null }) };
  }
}

function originAnswer({ lease, standing, isUsed, usable, seen }: HeldLease, origin: string): LeaseAnswer {
  const { fact, service, host, coordinator } = lease;
  const { classes, rate, routes } = lease.body!;
  const { id, scope, epoch } = fact;
  return {
    told: "origin",
    id,
    origin,
    service,
    scope,
    host,
    coordinator,
    epoch,
    classes,
    rate,
    standing,
    isUsed,
    expires: new Date(fact.expires).toISOString(),
    routes: routes.map((route, place): RouteAnswer => {
      const { inUse = [], failure = null, measured = null } = seen[place] ?? {};
      const works = failure !== null ? "failed" : inUse.length > 0 ? "in-use" : "stands-by";
      return { ...route, state: usable.has(place) ? works : "unusable", inUse, failure, measured };
    }),
    fault: null,
    issue: null,
  };
}

function* coordinatorLeases(agent: Agent, node: string, at: Moment): Generator<Candidate> {
  const { work } = agent.coordinator;
  for (const shown of work?.leases.shown(at) ?? []) {
    const { origin, service, host, leased } = shown;
    const names = { id: leased?.signed.id, services: [service], subject: `${origin}/${service}/${host}/${node}` };
    yield { names, answer: () => coordinatorAnswer(agent, node, shown, at) };
  }
}

function coordinatorAnswer(agent: Agent, node: string, shown: ShownLease, at: Moment): LeaseAnswer {
  const { origin, service, scope, host, leased, asked, fault = null } = shown;
  const rest = { standing: null, isUsed: null, fault };
  const none = { inUse: [], failure: null, measured: null };
  return {
    ...rest,
    told: "coordinator",
    origin,
    service,
    scope,
    host,
    coordinator: node,
    id: leased?.signed.id ?? null,
    epoch: leased?.signed.epoch ?? null,
    expires: leased === undefined ? null : new Date(leased.signed.expires).toISOString(),
    classes: (leased?.want ?? asked).classes,
    rate: leased?.rate ?? asked.rate,
    routes: (leased?.routes ?? []).map(({ route }) => ({ ...route, state: "leased", ...none })),
    issue: issueOf(agent, shown, at),
  };
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
