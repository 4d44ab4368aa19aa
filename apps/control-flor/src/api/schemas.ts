/** The forms of answers. The OpenAPI document is made of them. */
import { z } from "zod";
import type { FleetResource, FleetTally } from "../fabric/fleet-resource.ts";
import type { OrderResource } from "../fabric/node-orders.ts";
import type {
  AuthorityResource,
  BudgetResource,
  CollectionResource,
  CheckpointResource,
  EntriesResource,
  EntryResource,
  FindingResource,
  LogResource,
  NodeResource,
  ProposalResource,
  ReleaseResource,
  RecordRef,
  RouteResource,
  ServiceResource,
  UsageRow,
  VerdictResource,
} from "../fabric/resources.ts";
import { entryRecordForm } from "../fabric/told-log.ts";
import type { AsOf } from "./as-of.ts";
import type { AuditEntry } from "./audit.ts";
import type { Problem } from "./exchange.ts";

const text = z.string();
const texts = z.array(text);
const number = z.number();
const count = z.number().int().min(0);
const time = z.iso.datetime();

const recordRef: z.ZodType<RecordRef> = z.object({ id: text, epoch: count, issued: time, expires: time });

const scoped = { scope: text, expires: time };
const figures = z.object({ peer: text, roundTripMs: number, loss: number });

export const nodeForm: z.ZodType<NodeResource> = z.object({
  name: text,
  organization: text,
  partition: text,
  tier: count,
  key: text,
  state: z.enum(["announced", "silent"]),
  roles: z.array(z.object({ role: text, partition: text, ...scoped })),
  capabilities: texts,
  endpoints: z.array(
    z.object({ id: text, endpoint: text.nullable(), carrier: text, reach: text, provider: text.nullable() }),
  ),
  services: z.array(z.object({ service: text, load: number })),
  program: z
    .object({
      version: text,
      commit: text.nullable(),
      contracts: z.array(z.object({ of: text, lowest: count, highest: count })),
    })
    .nullable(),
  health: z
    .object({
      reported: time,
      load: z.object({ cpu: number, memory: number, sockets: number }),
      battery: number.nullable(),
      metered: z.boolean(),
      device: z
        .object({
          battery: number.nullable(),
          charging: z.boolean(),
          network: text,
          metered: z.boolean(),
          foreground: z.boolean(),
        })
        .nullable(),
      nat: text,
      relays: number.nullable(),
      links: z.array(figures),
    })
    .nullable(),
  record: recordRef,
});

export const serviceForm: z.ZodType<ServiceResource> = z.object({
  name: text,
  scope: text,
  aliases: texts,
  mode: z.enum(["active-active", "leader"]),
  classes: texts,
  state: z.enum(["served", "degraded", "down"]),
  hosts: z.array(
    z.object({
      node: text,
      priority: count,
      weight: count,
      state: z.enum(["serving", "full", "not-serving", "silent", "no-record"]),
      load: number.nullable(),
    }),
  ),
  leader: z.object({ host: text, coordinator: text, expires: time }).nullable(),
  record: recordRef,
});

export const routeForm: z.ZodType<RouteResource> = z.object({
  origin: text,
  service: text,
  scope: text,
  host: text,
  coordinator: text.nullable(),
  told: z.enum(["origin", "coordinator"]),
  state: z.enum(["carried", "failed", "none"]),
  expires: time.nullable(),
  classes: texts,
  rate: number,
  fault: text.nullable(),
  routes: z.array(
    z.object({ via: texts, mtu: count, cost: number, state: text, inUse: texts, failure: text.nullable() }),
  ),
});

export const budgetForm: z.ZodType<BudgetResource> = z.object({
  organization: text,
  limits: z.array(z.object({ of: text, most: count, used: number.nullable(), part: number.nullable() })),
  record: recordRef,
});

export const releaseForm: z.ZodType<ReleaseResource> = z.object({
  channel: text,
  version: text,
  stage: count,
  rollback: z.object({ lowest: text, until: time }),
  deadline: time.nullable(),
  steps: z.array(count),
  leaves: texts,
  progress: z.object({ inStage: count, whole: count, back: count }).nullable(),
  versions: z.array(z.object({ version: text, nodes: count, states: z.record(text, count) })),
  troubled: z.array(z.object({ node: text, version: text, state: text, code: text.nullable() })),
  record: recordRef,
});

export const orderForm: z.ZodType<OrderResource> = z.object({
  node: text,
  action: text,
  scope: text.nullable(),
  outcome: z.object({ state: text, code: text.nullable(), text, at: time }).nullable(),
  record: recordRef.nullable(),
});

export const collectionForm: z.ZodType<CollectionResource> = z.object({
  name: text,
  scope: text,
  state: z.enum(["held", "degraded", "down"]),
  copies: count,
  holders: z.array(
    z.object({
      node: text,
      domain: text,
      hasRole: z.boolean(),
      state: z.enum(["announced", "silent", "no-record"]),
      challenges: z.object({ failures: count, keepsNothing: z.boolean() }).nullable(),
    }),
  ),
  readers: texts,
  writers: texts,
  retention: count,
  unretained: texts,
  budget: count,
  recipients: texts,
  recoveryEpoch: count,
  manifest: text.nullable(),
  record: recordRef,
});

const fleetTally: z.ZodType<FleetTally> = z.object({
  nodes: z.record(z.string(), count),
  findings: z.record(z.string(), count),
  measures: z.record(
    z.string(),
    z.object({ unit: text, count, sum: count, bounds: z.array(count), buckets: z.array(count) }),
  ),
});

export const fleetForm: z.ZodType<FleetResource> = z.object({
  partition: text,
  organization: text.nullable(),
  by: text,
  observers: z.array(z.object({ observer: text, record: text, at: time, since: time, heard: count })),
  all: fleetTally,
  roles: z.record(z.string(), fleetTally),
  none: fleetTally,
  other: fleetTally,
  versions: z.record(z.string(), count),
  otherVersions: count,
});

export const usageForm: z.ZodType<UsageRow> = z.object({
  hour: time,
  organization: text.nullable(),
  partition: text,
  observer: text,
  record: text,
  receipts: count,
  missing: count,
  isCounted: z.boolean(),
  relay: text.nullable(),
  class: text.nullable(),
  packets: count,
  bytes: count,
  claimed: count.nullable(),
});

export const authorityForm: z.ZodType<AuthorityResource> = z.object({
  root: z.object({ id: text, epoch: count, issued: time, expires: time, version: count, mode: text }),
  quorums: z.array(
    z.object({
      authority: text,
      threshold: count,
      keys: z.array(z.object({ name: text, key: text, isProgram: z.boolean() })),
    }),
  ),
  waiting: z.array(z.object({ version: count, id: text, leftMs: number })),
  ends: z.array(z.object({ kind: text, subject: text, ...scoped })),
});

export const logForm: z.ZodType<LogResource> = z.object({
  name: text.nullable(),
  signers: texts,
  checkpoint: z.object({ index: count, epoch: count, issued: time }).nullable(),
  copy: z.object({ entries: count, head: text, isWhole: z.boolean() }).nullable(),
  forks: z.array(count),
  isStale: z.boolean(),
  differing: texts,
});

const entry = z.object({
  index: count,
  prior: text,
  hash: text,
  record: entryRecordForm.nullable(),
});

export const entriesFields: { readonly [Name in keyof EntriesResource]: z.ZodType<EntriesResource[Name]> } = {
  log: text,
  size: count,
  head: text,
  isWhole: z.boolean(),
  items: z.array(entry),
  gaps: z.array(z.object({ from: count, to: count, mayBeRemoved: z.boolean().nullable() })),
  breaks: z.array(count),
  next: text.nullable(),
};

export const entryForm: z.ZodType<EntryResource & { readonly octets: string }> = entry.extend({ octets: text });

export const checkpointForm: z.ZodType<CheckpointResource> = z.object({
  index: count,
  hash: text,
  proof: text.nullable(),
});

const findingForm: z.ZodType<FindingResource> = z.object({
  weight: z.enum(["fault", "warning"]),
  text,
  advice: text,
});

const quorumForm = z.object({ authority: text, threshold: count, signed: texts, others: texts });

export const proposalForm: z.ZodType<ProposalResource> = z.object({
  id: text,
  kind: text,
  scope: text,
  subject: text,
  epoch: count,
  expires: time,
  by: text,
  toldBy: text.nullable(),
  broughtAt: text.nullable(),
  brought: time,
  ends: time,
  state: z.enum(["waits", "published", "overtaken", "refused"]),
  reason: text.nullable(),
  words: texts,
  payload: text,
  signed: texts,
  missing: z.array(quorumForm),
  inForce: z.object({ id: text, epoch: count, generation: count }).nullable(),
});

export const verdictForm: z.ZodType<VerdictResource> = z.object({
  isWhole: z.boolean(),
  findings: z.array(findingForm),
  counts: z.object({ nodes: count, services: count, routes: count }),
  switches: z.record(text, z.object({ count, lastMs: number, longestMs: number })),
});

export const auditForm: z.ZodType<AuditEntry> = z.object({
  number: count,
  at: time,
  replica: text.nullable(),
  principal: text,
  method: text,
  path: text,
  status: count.nullable(),
  code: text.nullable(),
});

export const asOfForm: z.ZodType<AsOf> = z.object({
  replica: text,
  read: time,
  ageMs: count,
  checkpoint: z.object({ index: count, epoch: count, issued: time }).nullable(),
  isStale: z.boolean(),
  why: text.nullable(),
});

/** A problem may have further members (RFC 9457, 3.2), such as `inForce`. */
export const problemForm: z.ZodType<Problem> = z.looseObject({
  type: z.literal("about:blank"),
  title: text,
  status: count,
  detail: text,
  // The codes are a part of docs/operate/errors.md, and more of them may come.
  code: text as unknown as z.ZodType<Problem["code"]>,
  advice: text,
});
