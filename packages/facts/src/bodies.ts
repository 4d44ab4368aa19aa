/** The bodies of all kinds but `root`: strict forms, without what `endpoints.ts` judges by reasons of its own. */
import { WORKLOAD_CLASS_NAMES } from "@florenetes/forwarding";
import { z } from "zod";
import { distinct, hashField, integerField, isScope, nameField, namesField, rankField } from "./fields.ts";
import {
  ALIASES_MAX,
  BUDGET_LIMITS_MAX,
  ENDPOINT_LENGTH_MAX,
  HOLD_SECONDS_MAX,
  LABEL_MAX,
  LOAD_MAX,
  SEEDS_MAX,
  SIGNATURES_MAX,
  TOKEN_NODES_MAX,
} from "./limits.ts";

export interface Endpoint {
  readonly id: string;
  /** The place where the node listens, in the form of the carrier; undefined where `reach` is `reverse`: the node calls. */
  readonly endpoint?: string | undefined;
  readonly carrier: string;
  readonly reach: "local" | "public" | "reflexive" | "reverse";
  readonly segment?: string | undefined;
  readonly provider?: string | undefined;
  readonly priority: number;
  readonly weight: number;
}

export interface PolicyBody {
  readonly carriers?: "any" | "quic-only" | undefined;
  /** Seconds for which leases hold while no coordinator answers. */
  readonly hold?: number | undefined;
  /** Seconds of running time without a checkpoint after which a node takes on nothing new. */
  readonly "stale-limit"?: number | undefined;
  readonly "leader-grants"?: "one" | "majority" | undefined;
  /** Parts of a route's cost, and how much each of them counts. */
  readonly weights?: readonly { readonly of: string; readonly weight: number }[] | undefined;
  /** The trust tier that a node must have for a role. */
  readonly tiers?: readonly { readonly role: string; readonly tier: number }[] | undefined;
  /** Services that another authority than `control` signs. */
  readonly services?: readonly { readonly service: string; readonly authority: "update" | "storage" }[] | undefined;
  readonly log?:
    | { readonly name: string; readonly signers: readonly { readonly node: string; readonly key: string }[] }
    | undefined;
}

export interface SeedsBody {
  readonly seeds: readonly { readonly node: string; readonly key: string; readonly endpoints: readonly Endpoint[] }[];
}

export interface NodeBody {
  /** The raw Ed25519 public key of the node's agent: 32 octets in lower-case hex. */
  readonly key: string;
  readonly organization: string;
  readonly partition: string;
  /** 0 is the lowest. */
  readonly "trust-tier": number;
}

export interface RoleBody {
  readonly actions: readonly string[];
  readonly services: readonly string[];
  /** 1: the holder may sign narrower roles of the same name. */
  readonly depth: number;
}

export interface ServiceBody {
  readonly aliases: readonly string[];
  readonly mode: "active-active" | "leader";
  readonly classes: readonly string[];
  readonly hosts: readonly { readonly node: string; readonly priority: number; readonly weight: number }[];
}

export interface AnnounceBody {
  readonly endpoints: readonly Endpoint[];
  /** SHA-256 of each public key (SubjectPublicKeyInfo in DER) that the node's certificates may have, in lower-case hex. */
  readonly "spki-hashes": readonly string[];
  readonly services: readonly {
    readonly service: string;
    readonly label: number;
    /** In percent, at most `LOAD_MAX`: then it takes nothing more. */
    readonly load: number;
  }[];
  readonly capabilities: readonly string[];
}

/** The nodes that come with a token: where they belong, and how many there may be. */
export interface TokenBody {
  readonly organization: string;
  readonly partition: string;
  /** How many nodes it lets in. */
  readonly count: number;
}

/** How much an organization may have: a name that no limit has is not bounded. */
export interface BudgetBody {
  /** Names that the reader does not know are of later versions. */
  readonly limits: readonly { readonly of: string; readonly most: number }[];
  /** `off`: relays shall not tell the organization's traffic apart; absent: they may. */
  readonly shares?: "off" | undefined;
}

export interface LeaderBody {
  readonly host: string;
}

export interface CheckpointBody {
  /** The epoch of the policy that names the log's signers. */
  readonly policy: number;
  readonly index: number;
  readonly head: string;
  readonly sections: readonly { readonly section: string; readonly count: number; readonly hash: string }[];
}

export const PRINTABLE_ASCII: RegExp = /^[!-~]+$/;

const endpoint = z
  .strictObject({
    id: nameField,
    endpoint: z.string().max(ENDPOINT_LENGTH_MAX).regex(PRINTABLE_ASCII).optional(),
    carrier: nameField,
    reach: z.enum(["local", "public", "reflexive", "reverse"]),
    segment: nameField.optional(),
    provider: nameField.optional(),
    priority: rankField,
    weight: rankField,
  })
  .refine(({ endpoint, reach }) => (endpoint === undefined) === (reach === "reverse"));
/** How many there may be is no matter of form: `no-endpoints` and `too-many-endpoints` say so. */
const endpoints = distinct(endpoint, ({ id }) => id, Number.POSITIVE_INFINITY);

export const policyBody: z.ZodType<PolicyBody> = z.strictObject({
  carriers: z.enum(["any", "quic-only"]).optional(),
  hold: integerField.max(HOLD_SECONDS_MAX).optional(),
  "stale-limit": integerField.optional(),
  "leader-grants": z.enum(["one", "majority"]).optional(),
  weights: distinct(z.strictObject({ of: nameField, weight: rankField }), ({ of }) => of).optional(),
  tiers: distinct(z.strictObject({ role: nameField, tier: rankField }), ({ role }) => role).optional(),
  services: distinct(
    z.strictObject({ service: nameField, authority: z.enum(["update", "storage"]) }),
    ({ service }) => service,
  ).optional(),
  log: z
    .strictObject({
      name: nameField,
      signers: distinct(z.strictObject({ node: nameField, key: hashField }), ({ key }) => key, SIGNATURES_MAX)
        .refine((signers) => signers.length > 0)
        // With two keys, one node would be two of the majority.
        .refine((signers) => new Set(signers.map(({ node }) => node)).size === signers.length),
    })
    .optional(),
});

export const seedsBody: z.ZodType<SeedsBody> = z.strictObject({
  seeds: distinct(z.strictObject({ node: nameField, key: hashField, endpoints }), ({ node }) => node, SEEDS_MAX),
});

export const nodeBody: z.ZodType<NodeBody> = z.strictObject({
  key: hashField,
  organization: nameField,
  partition: nameField,
  "trust-tier": rankField,
});

export const roleBody: z.ZodType<RoleBody> = z.strictObject({
  actions: namesField,
  services: namesField,
  depth: z.int().min(0).max(1),
});

export const serviceBody: z.ZodType<ServiceBody> = z.strictObject({
  aliases: distinct(nameField, (name) => name, ALIASES_MAX),
  mode: z.enum(["active-active", "leader"]),
  classes: distinct(z.enum(WORKLOAD_CLASS_NAMES), (name) => name),
  hosts: distinct(z.strictObject({ node: nameField, priority: rankField, weight: rankField }), ({ node }) => node),
});

export const announceBody: z.ZodType<AnnounceBody> = z.strictObject({
  endpoints,
  "spki-hashes": distinct(hashField, (hash) => hash),
  services: distinct(
    z.strictObject({ service: nameField, label: integerField.max(LABEL_MAX), load: integerField.max(LOAD_MAX) }),
    ({ service }) => service,
  ),
  capabilities: namesField,
});

export const tokenBody: z.ZodType<TokenBody> = z.strictObject({
  organization: nameField,
  partition: nameField,
  count: z.int().min(1).max(TOKEN_NODES_MAX),
});

export const budgetBody: z.ZodType<BudgetBody> = z.strictObject({
  limits: distinct(z.strictObject({ of: nameField, most: integerField }), ({ of }) => of, BUDGET_LIMITS_MAX),
  shares: z.literal("off").optional(),
});

export const leaderBody: z.ZodType<LeaderBody> = z.strictObject({ host: nameField });

export const checkpointBody: z.ZodType<CheckpointBody> = z.strictObject({
  policy: integerField,
  index: integerField,
  head: hashField,
  sections: distinct(
    z.strictObject({ section: z.string().refine(isSection), count: integerField, hash: hashField }),
    ({ section }) => section,
  ),
});

function isSection(text: string): boolean {
  return ["entry", "public", "papers"].includes(text) || (text !== "cluster" && isScope(text));
}
