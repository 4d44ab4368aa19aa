/** Leases as their origin, or their coordinator, knows of them: what questions for leases and for routes have in common. */
import type { LeasedRoute } from "@florenetes/facts";
import type { TrafficClassName } from "@florenetes/forwarding";
import type { Agent } from "../agent/agent.ts";
import type { ShownLease } from "../agent/coordinator/lease-slot.ts";
import type { Moment } from "../agent/moment.ts";
import type { Quota } from "../agent/records/organization-budget.ts";
import type { HeldLease } from "../agent/routes/lease-desk.ts";

/** A lease that this node has as an origin, or that it is asked for as a coordinator. */
export interface KnownLease extends About {
  /** The names of its service, as it may be wanted under others. */
  readonly services: readonly string[];
  /** At the coordinator. */
  readonly shown: ShownLease | undefined;
  /** The routes and the standing: work that is done for those alone that are told. */
  readonly tell: () => ToldLease;
}

export interface ToldLease {
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
  /** The number by which relays tell the organization's packets apart from others'; null: none. */
  readonly share: number | null;
  /** The primary first. */
  readonly routes: readonly ToldRoute[];
  /** At the origin: `live`, `held` or why it is good no more; and whether it is the one that is used for its host. */
  readonly standing: string | null;
  readonly isUsed: boolean | null;
  /** Why none can be had, or why the next one waits. */
  readonly fault: string | null;
  /** At the coordinator, where `fault` is `quota`: what there is too much of. */
  readonly quota: ToldQuota | null;
}

/** A bound of a budget that is reached: how much of it is used, by which record, and until when that is in force. */
interface ToldQuota extends Omit<Quota, "until"> {
  readonly until: string;
}

export interface ToldRoute extends LeasedRoute {
  /** At the origin: `in-use`, `stands-by`, `failed`, or `unusable`, as its first link is not there or a node of it was taken back; at the coordinator `leased`. */
  readonly state: "in-use" | "stands-by" | "failed" | "unusable" | "leased";
  readonly inUse: readonly TrafficClassName[];
  readonly failure: string | null;
  readonly measured: { readonly roundTripMs: number; readonly loss: number } | null;
}

type About = Pick<ToldLease, "told" | "id" | "origin" | "service" | "scope" | "host" | "coordinator">;

/** All leases that this node knows of, first those that it has as an origin. */
export function* knownLeases(agent: Agent, node: string, at: Moment): Generator<KnownLease, void> {
  yield* originLeases(agent, node, at);
  yield* coordinatorLeases(agent, node, at);
}

function* originLeases(agent: Agent, node: string, at: Moment): Generator<KnownLease, void> {
  const { routes, planner } = agent;
  const { wanted } = planner.services;
  const namesOf = (service: string): string[] => [
    service,
    ...wanted.filter((each) => each.service === service).map(({ name }) => name),
  ];
  const found = new Set<string>();
  for (const held of routes.leases.held(wanted, at)) {
    const { fact, service, host, coordinator } = held.lease;
    const { id, scope } = fact;
    found.add(`${scope} ${service} ${host}`);
    const about = { told: "origin", id, origin: node, service, scope, host, coordinator } as const;
    yield { ...about, services: namesOf(service), shown: undefined, tell: () => tellHeld(about, held) };
  }
  for (const { scope, service, host, classes, rate } of routes.uses) {
    if (found.has(`${scope} ${service} ${host}`)) continue;
    const about = { told: "origin", id: null, origin: node, service, scope, host, coordinator: null } as const;
    const none = {
      epoch: null,
      expires: null,
      share: null,
      routes: [],
      standing: null,
      isUsed: null,
      fault: "no-lease",
      quota: null,
    };
    const tell = (): ToldLease => ({ ...about, classes, rate, ...none });
    yield { ...about, services: namesOf(service), shown: undefined, tell };
  }
}

function tellHeld(about: About, { lease, standing, isUsed, usable, seen }: HeldLease): ToldLease {
  const { classes, rate, share = null, routes } = lease.body!;
  return {
    ...about,
    epoch: lease.fact.epoch,
    expires: new Date(lease.fact.expires).toISOString(),
    classes,
    rate,
    share,
    standing,
    isUsed,
    routes: routes.map((route, place): ToldRoute => {
      const { inUse = [], failure = null, measured = null } = seen[place] ?? {};
      const works = failure !== null ? "failed" : inUse.length > 0 ? "in-use" : "stands-by";
      return { ...route, state: usable.has(place) ? works : "unusable", inUse, failure, measured };
    }),
    fault: null,
    quota: null,
  };
}

function* coordinatorLeases(agent: Agent, node: string, at: Moment): Generator<KnownLease, void> {
  const { work } = agent.coordinator;
  for (const shown of work?.leases.shown(at) ?? []) {
    const { origin, service, scope, host, leased } = shown;
    const id = leased?.signed.id ?? null;
    const about = { told: "coordinator", id, origin, service, scope, host, coordinator: node } as const;
    yield { ...about, services: [service], shown, tell: () => tellShown(about, shown) };
  }
}

function tellShown(about: About, { leased, asked, fault, quota }: ShownLease): ToldLease {
  const none = { inUse: [], failure: null, measured: null };
  return {
    ...about,
    epoch: leased?.signed.epoch ?? null,
    expires: leased === undefined ? null : new Date(leased.signed.expires).toISOString(),
    classes: (leased?.want ?? asked).classes,
    rate: leased?.rate ?? asked.rate,
    share: leased?.share ?? null,
    standing: null,
    isUsed: null,
    routes: (leased?.routes ?? []).map(({ route }) => ({ ...route, state: "leased", ...none })),
    fault: fault ?? null,
    quota: quota === undefined ? null : { ...quota, until: new Date(quota.until).toISOString() },
  };
}
