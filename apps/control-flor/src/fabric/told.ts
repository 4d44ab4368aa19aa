/** The answers of an agent at its admin socket, as far as they are read here. Members that are not named pass by unread. */
import { z } from "zod";

/** How many records of each kind are in force, and a hash of their ids. */
export interface ToldDigests {
  readonly cluster: string;
  readonly node: string;
  readonly kinds: Readonly<Record<string, { readonly count: number; readonly hash: string }>>;
}

interface ToldFinding {
  readonly weight: "fault" | "warning";
  readonly text: string;
  readonly advice: string;
}

interface ToldLog {
  readonly name: string | null;
  readonly store: { readonly entries: number; readonly head: string; readonly isWhole: boolean } | null;
  readonly forks: readonly number[];
  readonly checkpoint: { readonly index: number; readonly epoch: number; readonly issued: string } | null;
  readonly signers: readonly string[];
  readonly isStale: boolean;
  readonly differing: readonly string[];
}

/** The status of the agent. */
export interface ToldStatus {
  readonly version: string;
  readonly findings: readonly ToldFinding[];
  readonly log: ToldLog | null;
  readonly root: {
    readonly waiting: readonly { readonly version: number; readonly id: string; readonly leftMs: number }[];
  } | null;
  readonly switches: Readonly<Record<string, ToldSwitches>>;
}

/** Connections of the node that have gone over to another route, by the reason. */
interface ToldSwitches {
  readonly count: number;
  readonly lastMs: number;
  readonly longestMs: number;
}

/** A lease, as its origin or its coordinator tells of it. */
export interface ToldLease {
  /** The id of its record; null: nobody has leased yet. */
  readonly id: string | null;
  readonly told: "origin" | "coordinator";
  readonly origin: string;
  readonly service: string;
  readonly scope: string;
  readonly host: string;
  readonly coordinator: string | null;
  readonly expires: string | null;
  readonly classes: readonly string[];
  /** In kbit/s. */
  readonly rate: number;
  readonly standing: string | null;
  readonly isUsed: boolean | null;
  readonly fault: string | null;
  readonly routes: readonly {
    readonly via: readonly string[];
    readonly mtu: number;
    readonly cost: number;
    readonly state: string;
    readonly inUse: readonly string[];
    readonly failure: string | null;
  }[];
}

export interface ToldRoutes {
  readonly routes: readonly ToldLease[];
  readonly next: string | null;
}

/** The device and the program of a node, as it says itself. */
export interface ToldProfile {
  readonly device: {
    /** The charge in percent; missing: it has no battery, or cannot tell. */
    readonly battery?: number | undefined;
    readonly charging: boolean;
    readonly network: string;
    readonly metered: boolean;
    readonly foreground: boolean;
  };
  readonly software: { readonly version: string; readonly commit?: string | undefined };
  readonly contracts: readonly { readonly of: string; readonly lowest: number; readonly highest: number }[];
}

/** The last report of a node, as its coordinator has it. */
export interface ToldReport {
  readonly node: string;
  /** Null: the node has not told one. */
  readonly profile: ToldProfile | null;
  readonly ageMs: number;
  /** In percent. */
  readonly load: { readonly cpu: number; readonly memory: number; readonly sockets: number };
  /** The charge in percent; null: the node does not run on a battery. */
  readonly battery: number | null;
  readonly metered: boolean;
  readonly nat: string;
  readonly links: readonly ToldLink[];
  /** Figures of the routes of leases in use, in the order of the lease, as far as they were tried. */
  readonly routes: readonly { readonly lease: string; readonly measured: readonly ToldMeasured[] }[];
  /** Octets that it has carried for others, under the permits of now. */
  readonly carried: number;
  /** Whether it carries packets of others, and at which rate in kbit/s. */
  readonly offer: { readonly rate: number } | null;
}

export interface ToldMeasured {
  readonly roundTripMs: number;
  /** A share from 0 to 1. */
  readonly loss: number;
}

interface ToldLink extends ToldMeasured {
  readonly peer: string;
  /** Tells links to one peer apart. */
  readonly tag: string;
  /** The part of its queue that is full: from 0 to 1. */
  readonly queue: number;
}

export interface ToldReports {
  readonly reports: readonly ToldReport[];
  readonly next: string | null;
}

/** No report is older than a hundred years, whatever a clock shows. */
const AGE_MS_MAX = 3_155_760_000_000;

const text = z.string();
const texts = z.array(text);
const count = z.number().nonnegative();
const next = text.nullable();

export const toldDigests: z.ZodType<ToldDigests> = z.object({
  cluster: text,
  node: text,
  kinds: z.record(text, z.object({ count, hash: text })),
});

const log = z.object({
  name: text.nullable(),
  store: z.object({ entries: count, head: text, isWhole: z.boolean() }).nullable(),
  forks: z.array(count),
  checkpoint: z.object({ index: count, epoch: count, issued: text }).nullable(),
  signers: texts,
  isStale: z.boolean(),
  differing: texts,
});

export const toldStatus: z.ZodType<ToldStatus> = z
  .object({
    version: text,
    findings: z.array(z.object({ weight: z.enum(["fault", "warning"]), text, advice: text })),
    log: log.nullable(),
    root: z.object({ waiting: z.array(z.object({ version: count, id: text, leftMs: count })) }).nullable(),
    routes: z.object({ switches: z.record(text, z.object({ count, lastMs: count, longestMs: count })) }),
  })
  .transform(({ routes: { switches }, ...status }) => ({ ...status, switches }));

const lease = z.object({
  id: text.nullable(),
  told: z.enum(["origin", "coordinator"]),
  origin: text,
  service: text,
  scope: text,
  host: text,
  coordinator: text.nullable(),
  expires: text.nullable(),
  classes: texts,
  rate: count,
  standing: text.nullable(),
  isUsed: z.boolean().nullable(),
  fault: text.nullable(),
  routes: z.array(
    z.object({ via: texts, mtu: count, cost: count, state: text, inUse: texts, failure: text.nullable() }),
  ),
});

export const toldRoutes: z.ZodType<ToldRoutes> = z.object({ routes: z.array(lease), next });

const profile: z.ZodType<ToldProfile> = z.object({
  device: z.object({
    battery: count.optional(),
    charging: z.boolean(),
    network: text,
    metered: z.boolean(),
    foreground: z.boolean(),
  }),
  software: z.object({ version: text, commit: text.optional() }),
  contracts: z.array(z.object({ of: text, lowest: count, highest: count })),
});

export const toldReports: z.ZodType<ToldReports> = z.object({
  reports: z.array(
    z.object({
      node: text,
      // An agent that has not been upgraded yet tells none.
      profile: profile.nullable().default(null),
      ageMs: count.max(AGE_MS_MAX),
      load: z.object({ cpu: count, memory: count, sockets: count }),
      battery: count.nullable(),
      metered: z.boolean(),
      nat: text,
      links: z.array(z.object({ peer: text, tag: text, roundTripMs: count, loss: count, queue: count })),
      // An agent that has not been upgraded yet tells none.
      routes: z
        .array(z.object({ lease: text, measured: z.array(z.object({ roundTripMs: count, loss: count })) }))
        .default([]),
      carried: count,
      offer: z.object({ rate: count }).nullable(),
    }),
  ),
  next,
});
