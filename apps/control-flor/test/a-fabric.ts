import type { AsOf } from "../src/api/as-of.ts";
import { dateReports } from "../src/fabric/dated-reports.ts";
import type { FabricView } from "../src/fabric/fabric-view.ts";
import type { ToldBudget } from "../src/fabric/told-budgets.ts";
import { NO_HOLDERS, type ToldHolder } from "../src/fabric/told-holders.ts";
import type { ToldNodeOrders } from "../src/fabric/told-orders.ts";
import { NO_RELEASES, type ToldReleases } from "../src/fabric/told-releases.ts";
import { type KnownUsage, NO_USAGE } from "../src/fabric/usage-book.ts";
import type { ToldLease, ToldProfile, ToldReport, ToldStatus } from "../src/fabric/told.ts";
import type { ToldBodies, ToldKind, ToldRecord } from "../src/fabric/told-records.ts";

export const WALL: number = Date.parse("2026-11-28T12:00:00Z");
const MINUTE_MS = 60_000;

/** A replica has read the fabric just now. */
export const AS_OF: AsOf = {
  replica: "c",
  read: new Date(WALL).toISOString(),
  ageMs: 0,
  checkpoint: null,
  isStale: false,
  why: null,
};

/** Records in force by their kinds, a moment, and what an agent says beside them. */
export interface Fabric {
  readonly records: { readonly [Kind in ToldKind]?: readonly ToldRecord<ToldBodies[Kind]>[] };
  readonly leases?: readonly ToldLease[];
  readonly reports?: readonly ToldReport[];
  readonly budgets?: readonly ToldBudget[];
  readonly releases?: ToldReleases;
  readonly orders?: readonly ToldNodeOrders[];
  readonly holders?: readonly ToldHolder[];
  readonly usage?: KnownUsage;
  readonly fleet?: FabricView["fleet"];
  readonly status?: Partial<ToldStatus>;
  readonly wall?: number;
}

/** A kind without records has the same ones each time. */
const NO_RECORDS: readonly never[] = [];
const NO_ORDERS: readonly never[] = [];

/** A view that was told at the monotonic moment 0. */
export function viewOf({
  records,
  leases = [],
  reports = [],
  budgets = [],
  releases = NO_RELEASES,
  orders = NO_ORDERS,
  holders = NO_HOLDERS,
  usage = NO_USAGE,
  fleet = [],
  status = {},
  wall = WALL,
}: Fabric): FabricView {
  return {
    cluster: "demo",
    node: "c",
    kinds: {},
    wall,
    at: 0,
    periodMs: 1_000,
    isSilent: false,
    records: ((kind: ToldKind) => records[kind] ?? NO_RECORDS) as FabricView["records"],
    status: { version: "0.1.0", findings: [], log: null, root: null, switches: {}, ...status },
    leases,
    reports: dateReports(reports, wall, new Map()),
    budgets: new Map(budgets.map((budget) => [budget.organization, budget])),
    releases,
    orders,
    holders,
    usage,
    fleet,
  };
}

export function recordOf<Body>(subject: string, body: Body, rest: Partial<ToldRecord> = {}): ToldRecord<Body> {
  const issued = new Date(WALL - MINUTE_MS).toISOString();
  const expires = new Date(WALL + MINUTE_MS).toISOString();
  return { id: `${subject}-id`, scope: "cluster", subject, epoch: 1, issued, expires, issuer: null, ...rest, body };
}

export function nodeRecord(name: string, organization = "acme"): ToldRecord<ToldBodies["node"]> {
  return recordOf(name, { key: `${name}-key`, organization, partition: "default", "trust-tier": 1 });
}

/** @param loads in percent, by service */
export function announceRecord(
  name: string,
  loads: Readonly<Record<string, number>> = {},
): ToldRecord<ToldBodies["announce"]> {
  const services = Object.entries(loads).map(([service, load]) => ({ service, load }));
  const endpoint = { id: "out", carrier: "quic", reach: "reverse" };
  return recordOf(name, { endpoints: [endpoint], services, capabilities: ["relay"] });
}

export function serviceRecord(
  name: string,
  hosts: readonly string[],
  scope = "cluster",
): ToldRecord<ToldBodies["service"]> {
  const body = {
    aliases: [],
    mode: "active-active" as const,
    classes: ["interactive"],
    hosts: hosts.map((node) => ({ node, priority: 1, weight: 1 })),
  };
  return recordOf(name, body, { scope });
}

export function leaseOf(origin: string, service: string, host: string, rest: Partial<ToldLease> = {}): ToldLease {
  const route = { via: ["r", host], mtu: 1_300, cost: 5, state: "in-use", inUse: ["interactive"], failure: null };
  return {
    id: `${origin}-${service}-${host}`,
    told: "origin",
    origin,
    service,
    scope: "cluster",
    host,
    coordinator: "c",
    expires: new Date(WALL + MINUTE_MS).toISOString(),
    classes: ["interactive"],
    rate: 1_000,
    standing: "live",
    isUsed: true,
    fault: null,
    routes: [route],
    ...rest,
  };
}

/** A profile that a phone tells. */
export const PHONE: ToldProfile = {
  device: { battery: 40, charging: false, network: "cellular", metered: true, foreground: false },
  software: { version: "1.2.3", commit: "0123456789abcdef" },
  contracts: [{ of: "feed", lowest: 1, highest: 3 }],
};

export function reportOf(node: string, rest: Partial<ToldReport> = {}): ToldReport {
  return {
    node,
    profile: null,
    ageMs: 5_000,
    load: { cpu: 7, memory: 20, sockets: 1 },
    battery: null,
    metered: false,
    nat: "none",
    links: [],
    routes: [],
    carried: 0,
    offer: null,
    ...rest,
  };
}

export function budgetRecord(
  organization: string,
  limits: Readonly<Record<string, number>>,
): ToldRecord<ToldBodies["budget"]> {
  return recordOf(organization, { limits: Object.entries(limits).map(([of, most]) => ({ of, most })) });
}

export function releaseRecord(
  channel: string,
  version: string,
  body: Partial<ToldBodies["release"]> = {},
): ToldRecord<ToldBodies["release"]> {
  const rollback = { lowest: "0.1.0", until: WALL + MINUTE_MS };
  return recordOf(channel, { version, stage: 1_000, rollback, leaves: [], ...body });
}

export function collectionRecord(
  name: string,
  holders: readonly string[],
  scope = "cluster",
  body: Partial<ToldBodies["collection"]> = {},
): ToldRecord<ToldBodies["collection"]> {
  const about = {
    copies: 2,
    holders: holders.map((node) => ({ node, domain: `at-${node}` })),
    readers: [],
    writers: ["user/alice"],
    retention: 2_592_000,
    unretained: [],
    "recovery-epoch": 1,
    budget: 500_000_000_000,
    recipients: [],
    ...body,
  };
  return recordOf(name, about, { scope });
}

/** Two nodes of acme and one of zenith, a service of both hosts, one of one host, and one of an organization. */
export const FABRIC: Fabric = {
  records: {
    node: [nodeRecord("b"), nodeRecord("a"), nodeRecord("z", "zenith")],
    announce: [announceRecord("a", { web: 3 }), announceRecord("b", { web: 100, db: 0 })],
    role: [
      recordOf("b/relay/default", { services: [] }),
      recordOf("z/member/default", { services: [] }, { scope: "org/zenith" }),
    ],
    service: [serviceRecord("web", ["a", "b"]), serviceRecord("db", ["b"]), serviceRecord("mail", ["z"], "org/zenith")],
  },
  leases: [leaseOf("a", "web", "b"), leaseOf("z", "web", "a")],
};
