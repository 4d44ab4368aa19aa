/** The table of kinds: who signs a record, what its subject is, how long it may live, and what its body holds. */
import { isName } from "@florenetes/operator-text";
import type { z } from "zod";
import {
  type AnnounceBody,
  announceBody,
  type BudgetBody,
  budgetBody,
  type CheckpointBody,
  checkpointBody,
  type LeaderBody,
  leaderBody,
  type NodeBody,
  nodeBody,
  type PolicyBody,
  policyBody,
  type RoleBody,
  roleBody,
  type SeedsBody,
  seedsBody,
  type ServiceBody,
  serviceBody,
  type TokenBody,
  tokenBody,
} from "./bodies.ts";
import { type CollectionBody, collectionBody } from "./collection-bodies.ts";
import { isHash } from "./fields.ts";
import { type OrderBody, orderBody, type OutcomeBody, outcomeBody } from "./order-bodies.ts";
import { type ObservationBody, observationBody } from "./observation-body.ts";
import { type InstalledBody, installedBody, type ReleaseBody, releaseBody } from "./release-bodies.ts";
import { type RootBody, rootBody } from "./root-body.ts";
import {
  type LeaseBody,
  leaseBody,
  type PermitsBody,
  permitsBody,
  type ProfileBody,
  profileBody,
  type ReportBody,
  reportBody,
} from "./route-bodies.ts";
import {
  readHourSubject,
  readReceiptSubject,
  type ReceiptBody,
  receiptBody,
  type SharesBody,
  sharesBody,
  type UsageBody,
  usageBody,
} from "./usage-bodies.ts";

/**
 * An authority signs: a quorum of the root descriptor (`root`, `control`, `update`, `storage`), the log's signers (`log`), the node that the record is
 * about (`node`), a coordinator (`route`), an observer (`observer`), or the holder of a role who passes a narrower one on (`holder`).
 */
export type AuthorityName =
  | "root"
  | "control"
  | "update"
  | "storage"
  | "log"
  | "node"
  | "route"
  | "observer"
  | "holder";

/** Authorities that are one node's key: `issuer` names the node. */
export const NODE_AUTHORITIES: ReadonlySet<string> = new Set([
  "node",
  "route",
  "observer",
  "holder",
] satisfies AuthorityName[]);

export interface Bodies {
  readonly root: RootBody;
  readonly policy: PolicyBody;
  readonly seeds: SeedsBody;
  readonly node: NodeBody;
  readonly role: RoleBody;
  readonly service: ServiceBody;
  readonly token: TokenBody;
  readonly budget: BudgetBody;
  readonly release: ReleaseBody;
  readonly collection: CollectionBody;
  readonly order: OrderBody;
  readonly announce: AnnounceBody;
  readonly leader: LeaderBody;
  readonly checkpoint: CheckpointBody;
  readonly report: ReportBody;
  readonly profile: ProfileBody;
  readonly installed: InstalledBody;
  readonly outcome: OutcomeBody;
  readonly lease: LeaseBody;
  readonly permits: PermitsBody;
  readonly receipt: ReceiptBody;
  readonly shares: SharesBody;
  readonly usage: UsageBody;
  readonly observation: ObservationBody;
}

export type Kind = keyof Bodies;

export interface KindRule<Body = unknown> {
  readonly authorities: readonly AuthorityName[];
  /** `true`: an organization's records, too; else those of the cluster alone. */
  readonly hasOrganizations: boolean;
  /** Whether a text is a subject of this kind in this scope. */
  readonly isSubject: (subject: string, scope: string) => boolean;
  /** The longest life, in milliseconds; a void record has exactly this one. */
  readonly life: number;
  readonly canBeVoid: boolean;
  /** `true`: it goes by mail to whom it is for, and no book or feed has it. */
  readonly isDelivered?: true;
  readonly body: z.ZodType<Body>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The longest life of a record whose kind the reader does not know. */
export const UNKNOWN_LIFE_MS: number = 400 * DAY_MS;
/** Authorities whose records of unknown kinds are carried: their keys count whatever the body says. */
export const UNKNOWN_AUTHORITIES: readonly AuthorityName[] = ["control", "update", "storage"];

/** Kinds of records for which keys of programs never count, not even to renew what people have signed. */
export const PEOPLES_KINDS: ReadonlySet<string> = new Set(["token", "order"] satisfies Kind[]);

const clusterWide = { hasOrganizations: false, canBeVoid: true };
const ofOrganizations = { hasOrganizations: true, canBeVoid: true };

export const KINDS: { readonly [K in Kind]: KindRule<Bodies[K]> } = {
  root: {
    authorities: ["root"],
    hasOrganizations: false,
    isSubject: (subject) => subject === "root",
    life: 400 * DAY_MS,
    canBeVoid: false,
    body: rootBody,
  },
  policy: {
    ...ofOrganizations,
    authorities: ["control"],
    isSubject: (subject, scope) => subject === scope,
    life: 90 * DAY_MS,
    body: policyBody,
  },
  seeds: {
    ...clusterWide,
    authorities: ["control"],
    isSubject: (subject) => subject === "seeds",
    life: 90 * DAY_MS,
    body: seedsBody,
  },
  node: { ...clusterWide, authorities: ["control"], isSubject: isName, life: 400 * DAY_MS, body: nodeBody },
  role: {
    ...ofOrganizations,
    authorities: ["control", "holder"],
    isSubject: (subject) => readRoleSubject(subject) !== undefined,
    life: 30 * DAY_MS,
    body: roleBody,
  },
  service: {
    ...ofOrganizations,
    authorities: ["control", "update", "storage"],
    isSubject: isName,
    life: 30 * DAY_MS,
    body: serviceBody,
  },
  token: { ...clusterWide, authorities: ["control"], isSubject: isHash, life: 7 * DAY_MS, body: tokenBody },
  budget: { ...clusterWide, authorities: ["control"], isSubject: isName, life: 90 * DAY_MS, body: budgetBody },
  release: { ...clusterWide, authorities: ["update"], isSubject: isName, life: 90 * DAY_MS, body: releaseBody },
  collection: {
    ...ofOrganizations,
    authorities: ["storage"],
    isSubject: isName,
    life: 90 * DAY_MS,
    body: collectionBody,
  },
  order: { ...ofOrganizations, authorities: ["control"], isSubject: isName, life: DAY_MS, body: orderBody },
  announce: { ...clusterWide, authorities: ["node"], isSubject: isName, life: 15 * MINUTE_MS, body: announceBody },
  leader: { ...ofOrganizations, authorities: ["route"], isSubject: isName, life: 30 * DAY_MS, body: leaderBody },
  checkpoint: {
    authorities: ["log"],
    hasOrganizations: false,
    isSubject: isName,
    life: DAY_MS,
    canBeVoid: false,
    body: checkpointBody,
  },
  report: {
    authorities: ["node"],
    hasOrganizations: false,
    isSubject: isName,
    // A phone at rest makes reports that live so long: all others live for 3 minutes.
    life: 15 * MINUTE_MS,
    canBeVoid: false,
    isDelivered: true,
    body: reportBody,
  },
  profile: {
    authorities: ["node"],
    hasOrganizations: false,
    isSubject: isName,
    life: 15 * MINUTE_MS,
    canBeVoid: false,
    isDelivered: true,
    body: profileBody,
  },
  installed: {
    authorities: ["node"],
    hasOrganizations: false,
    isSubject: isName,
    life: 15 * MINUTE_MS,
    canBeVoid: false,
    isDelivered: true,
    body: installedBody,
  },
  outcome: {
    authorities: ["node"],
    hasOrganizations: false,
    isSubject: isName,
    life: 7 * DAY_MS,
    canBeVoid: false,
    isDelivered: true,
    body: outcomeBody,
  },
  lease: {
    ...ofOrganizations,
    authorities: ["route"],
    isSubject: (subject) => readLeaseSubject(subject) !== undefined,
    life: 10 * MINUTE_MS,
    isDelivered: true,
    body: leaseBody,
  },
  permits: {
    ...ofOrganizations,
    authorities: ["route"],
    isSubject: (subject) => readPermitsSubject(subject) !== undefined,
    life: 10 * MINUTE_MS,
    isDelivered: true,
    body: permitsBody,
  },
  receipt: {
    authorities: ["node"],
    hasOrganizations: false,
    isSubject: (subject) => readReceiptSubject(subject) !== undefined,
    life: 400 * DAY_MS,
    canBeVoid: false,
    isDelivered: true,
    body: receiptBody,
  },
  shares: {
    authorities: ["route"],
    hasOrganizations: false,
    isSubject: (subject) => readHourSubject(subject) !== undefined,
    life: 7 * DAY_MS,
    canBeVoid: false,
    isDelivered: true,
    body: sharesBody,
  },
  usage: {
    authorities: ["observer"],
    hasOrganizations: true,
    isSubject: (subject) => readHourSubject(subject) !== undefined,
    life: 400 * DAY_MS,
    canBeVoid: false,
    isDelivered: true,
    body: usageBody,
  },
  observation: {
    authorities: ["observer"],
    hasOrganizations: true,
    isSubject: (subject) => readObservationSubject(subject) !== undefined,
    life: 5 * MINUTE_MS,
    canBeVoid: false,
    isDelivered: true,
    body: observationBody,
  },
};

/** Kinds whose subject ends with the name of the issuer: each node has slots of its own, and none stands in the way of another. */
export const ISSUERS_KINDS: ReadonlySet<string> = new Set([
  "lease",
  "permits",
  "receipt",
  "shares",
  "usage",
  "observation",
] satisfies Kind[]);

/** The rule of a kind; undefined for one that this version does not know. */
export function kindRuleOf(kind: string): KindRule | undefined {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind as Kind] : undefined;
}

/** Whether records of this kind go by mail alone. */
export function isDelivered({ kind }: { readonly kind: string }): boolean {
  return kindRuleOf(kind)?.isDelivered === true;
}

export interface RoleSubject {
  readonly node: string;
  readonly role: string;
  readonly partition: string;
}

/** Reads `node/role/partition`; undefined for anything else. */
export function readRoleSubject(subject: string): RoleSubject | undefined {
  const [node, role, partition] = namesOf(subject, 3) ?? [];
  return node === undefined ? undefined : { node, role: role!, partition: partition! };
}

export interface LeaseSubject {
  readonly origin: string;
  readonly service: string;
  readonly host: string;
  readonly coordinator: string;
}

/** Reads `origin/service/host/coordinator`; undefined for anything else. */
export function readLeaseSubject(subject: string): LeaseSubject | undefined {
  const [origin, service, host, coordinator] = namesOf(subject, 4) ?? [];
  return origin === undefined ? undefined : { origin, service: service!, host: host!, coordinator: coordinator! };
}

export interface PermitsSubject {
  readonly relay: string;
  readonly coordinator: string;
}

/** Reads `relay/coordinator`; undefined for anything else. */
export function readPermitsSubject(subject: string): PermitsSubject | undefined {
  const [relay, coordinator] = namesOf(subject, 2) ?? [];
  return relay === undefined ? undefined : { relay, coordinator: coordinator! };
}

export interface ObservationSubject {
  readonly partition: string;
  readonly observer: string;
}

/** Reads `partition/observer`; undefined for anything else. */
export function readObservationSubject(subject: string): ObservationSubject | undefined {
  const [partition, observer] = namesOf(subject, 2) ?? [];
  return partition === undefined ? undefined : { partition, observer: observer! };
}

/** So many names, with `/` between them. */
function namesOf(subject: string, count: number): string[] | undefined {
  const parts = subject.split("/");
  return parts.length === count && parts.every(isName) ? parts : undefined;
}
