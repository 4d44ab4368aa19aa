/** Leased routes, as an agent shows them. */
import type { TrafficClassName } from "@florenetes/forwarding";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import type { RouteSwitches } from "../agent/routes/route-switches.ts";
import { pathName } from "../agent/plan/used-services.ts";

export interface RoutesStatus {
  /** Coordinators of this node's partition that are heard here, and whether they answer its letters. */
  readonly coordinators: readonly { readonly node: string; readonly doesAnswer: boolean }[];
  /** Hosts of services that leases are asked for. */
  readonly asked: number;
  /** Leases that are held, those that stand by too. */
  readonly held: number;
  /** The leases in use: one for each host. */
  readonly leases: readonly LeaseStatus[];
  /** Sets of permits that are good here, and those of them that cluster-flor has not taken yet. */
  readonly permits: { readonly held: number; readonly waiting: number };
  /** Connections that have gone over to another route, by the reason, and the time until they were answered there. */
  readonly switches: Readonly<Record<string, RouteSwitches>>;
  /** Letters to coordinators, and those of them that were answered. */
  readonly letters: { readonly sent: number; readonly answered: number };
  /** Reports that were made. */
  readonly reports: number;
  /** How much waited, as the last of its kind was just before: routes that would have been preferred, reports of changes, and letters to coordinators. */
  readonly heldBack: { readonly routes: number; readonly reports: number; readonly letters: number };
  /** Leased routes that bulk is kept away from, as it has crowded other classes there. */
  readonly withoutBulk: number;
  /** Leases and permits that came, by what came of them: `taken`, or the reason against them. */
  readonly outcomes: Readonly<Record<string, number>>;
}

interface LeaseStatus {
  readonly service: string;
  readonly scope: string;
  readonly host: string;
  readonly coordinator: string;
  readonly epoch: number;
  /** `held`: it has ended, and its coordinator is silent. */
  readonly standing: string;
  readonly expires: string;
  /** The primary first. */
  readonly routes: readonly {
    /** Nodes from the neighbour to the host. */
    readonly via: readonly string[];
    readonly cost: number;
    /** Classes whose connections use it. */
    readonly inUse: readonly TrafficClassName[];
    /** Why connections pass it by; null: it has not failed. */
    readonly failure: string | null;
  }[];
}

export function routesStatus({ routes, door, planner }: Agent, at: Moment): RoutesStatus {
  const leases = [...routes.leases.inUse(at)].map(({ key, lease, standing, routes: usable }): LeaseStatus => {
    const { fact, service, host, coordinator, body } = lease;
    const name = planner.services.wanted.find((each) => key.startsWith(`${each.scope} ${each.service} `))?.name;
    return {
      service,
      scope: fact.scope,
      host,
      coordinator,
      epoch: fact.epoch,
      standing,
      expires: new Date(fact.expires).toISOString(),
      routes: [...usable.keys()].map((place) => {
        const { via, cost } = body!.routes[place]!;
        const path = pathName(name ?? service, host);
        const seen = door.view?.routes.find((route) => route.path === path && route.route === via.join(">"));
        return { via, cost, inUse: seen?.inUse ?? [], failure: seen?.failure ?? null };
      }),
    };
  });
  return {
    coordinators: [...routes.post.coordinators()].map(({ node, doesAnswer }) => ({ node, doesAnswer })),
    asked: routes.uses.length,
    held: routes.leases.size,
    leases,
    permits: { held: routes.permits.size(at), waiting: routes.permits.waiting },
    switches: Object.fromEntries(routes.switches),
    letters: { sent: routes.post.sent, answered: routes.post.answered },
    reports: routes.reports,
    heldBack: { routes: routes.leases.heldBack, reports: routes.heldReports, letters: routes.post.held },
    withoutBulk: routes.leases.withoutBulk,
    outcomes: Object.fromEntries(routes.outcomes),
  };
}
