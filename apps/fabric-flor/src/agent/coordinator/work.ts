/** The work of a coordinator, from when it gets the role until it has it no more. */
import type { Phones, Plan, Reports, RouteGraph } from "@florenetes/routes";
import type { RecordedGrounds } from "./compose-grounds.ts";
import type { Guests } from "./guests.ts";
import type { LeaseOffice } from "./lease-office.ts";
import type { PermitsOffice } from "./permits-office.ts";
import type { Shares } from "./shares.ts";

/** Everything that a coordinator knows since it has the role. */
export interface Work {
  readonly since: number;
  readonly plan: Plan;
  readonly reports: Reports;
  /** The newest profile of each node. */
  readonly profiles: Reports;
  /** The newest word of each node about its software. */
  readonly installed: Reports;
  readonly phones: Phones;
  readonly shares: Shares;
  readonly permits: PermitsOffice;
  readonly leases: LeaseOffice;
  readonly guests: Guests;
  /** Leases are in use of which nothing is known here: permits from before may be those that they need. */
  hasFormer: boolean;
  graph: RouteGraph | undefined;
  /** When the graph is made anew, as something has come or gone, and when a lease that is to be composed gets one with other figures: monotonic; Infinity: nothing was told. */
  graphAt: number;
  figuresAt: number;
  lookAt: number;
  /** The links that each node told last, as text. */
  readonly links: Map<string, string>;
  grounds: RecordedGrounds | undefined;
}

/** The part of it that others read. */
export type ShownWork = Pick<
  Work,
  "reports" | "profiles" | "installed" | "phones" | "permits" | "leases" | "guests" | "graph" | "plan" | "grounds"
>;

/** The records of one kind that nodes make for their coordinators alone; undefined: it is none of these kinds. */
export function shelfOf(work: Pick<Work, "reports" | "profiles" | "installed">, kind: string): Reports | undefined {
  const shelves: Readonly<Record<string, Reports>> = {
    report: work.reports,
    profile: work.profiles,
    installed: work.installed,
  };
  return Object.hasOwn(shelves, kind) ? shelves[kind] : undefined;
}
