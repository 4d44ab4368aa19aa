/** Services with a leader, as an agent shows them. */
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";

export interface LeadersStatus {
  /** Services that this node serves only with grants. */
  readonly services: readonly {
    /** Its name in the vertex's config. */
    readonly name: string;
    readonly scope: string;
    readonly service: string;
    /** How long this node may serve it from now on; 0: it may not. */
    readonly grantedMs: number;
    /** The last words of coordinators: `granted`, or why not, and the host that leads; "": none. */
    readonly said: readonly { readonly coordinator: string; readonly outcome: string; readonly leader: string }[];
  }[];
  /** Letters to coordinators that asked for grants, and grants that came. */
  readonly asks: number;
  readonly grants: number;
  /** The work as a coordinator; null: this node has no store of leaders. */
  readonly coordinator: {
    /** Grants that were given here, and those that were asked for in vain. */
    readonly granted: number;
    readonly refused: number;
    /** Entries of the log that were read. */
    readonly entries: number;
    /** The store has other entries than it had: nobody is granted anything. */
    readonly isBroken: boolean;
  } | null;
}

export function leadersStatus({ leaders }: Agent, { now }: Moment): LeadersStatus {
  const { host, log, desk, services } = leaders;
  return {
    services: services.map((service) => ({
      ...service,
      grantedMs: leaders.leftOf(service, now),
      said: [...host.saidOf(service)],
    })),
    asks: host.asks,
    grants: host.granted,
    coordinator:
      log === undefined || desk === undefined
        ? null
        : { granted: desk.granted, refused: desk.refused, entries: log.head.index, isBroken: log.isBroken },
  };
}
