/** Records in force, as an agent tells of them: it has judged them, and nothing here judges them again. */
import { z } from "zod";

/** The bodies of records that are read here, as far as they are; docs/protocol/facts.md has all of them. */
export interface ToldBodies {
  readonly root: {
    readonly mode: string;
    readonly authorities: Readonly<Record<string, ToldKeys | undefined>>;
    readonly recovery: "none" | ToldKeys;
  };
  readonly node: {
    readonly key: string;
    readonly organization: string;
    readonly partition: string;
    readonly "trust-tier": number;
  };
  readonly role: { readonly services: readonly string[] };
  readonly service: {
    readonly aliases: readonly string[];
    readonly mode: "active-active" | "leader";
    readonly classes: readonly string[];
    readonly hosts: readonly { readonly node: string; readonly priority: number; readonly weight: number }[];
  };
  readonly announce: {
    readonly endpoints: readonly {
      readonly id: string;
      readonly endpoint?: string | undefined;
      readonly carrier: string;
      readonly reach: string;
      readonly provider?: string | undefined;
    }[];
    readonly services: readonly { readonly service: string; readonly load: number }[];
    readonly capabilities: readonly string[];
  };
  readonly leader: { readonly host: string };
  readonly budget: { readonly limits: readonly { readonly of: string; readonly most: number }[] };
  readonly release: {
    readonly version: string;
    /** In 1/10,000 of the nodes. */
    readonly stage: number;
    readonly rollback: { readonly lowest: string; readonly until: number };
    readonly deadline?: number | undefined;
    readonly leaves: readonly string[];
    readonly rule?: { readonly steps: readonly number[] } | undefined;
  };
  readonly collection: {
    readonly copies: number;
    readonly holders: readonly { readonly node: string; readonly domain: string }[];
    readonly readers: readonly string[];
    readonly writers: readonly string[];
    /** In seconds. */
    readonly retention: number;
    readonly unretained: readonly string[];
    readonly "recovery-epoch": number;
    /** In bytes. */
    readonly budget: number;
    readonly recipients: readonly string[];
    readonly manifest?: string | undefined;
  };
}

interface ToldKeys {
  readonly threshold: number;
  readonly keys: readonly { readonly key: string; readonly name: string; readonly auto?: true | undefined }[];
}

export type ToldKind = keyof ToldBodies;

export interface ToldRecord<Body = unknown> {
  /** SHA-256 of what is signed, in lower-case hex. */
  readonly id: string;
  readonly scope: string;
  readonly subject: string;
  readonly epoch: number;
  readonly issued: string;
  readonly expires: string;
  /** The node that has signed; null: a quorum has. */
  readonly issuer: string | null;
  readonly body: Body;
}

/** A page of records in force. */
export interface ToldRecords {
  readonly facts: readonly ToldRecord[];
  /** The next page begins behind this slot; null: this is the last one. */
  readonly next: string | null;
}

const text = z.string();
const texts = z.array(text);
const count = z.number().nonnegative();
const keys = z.object({
  threshold: count,
  keys: z.array(z.object({ key: text, name: text, auto: z.literal(true).optional() })),
});

const bodies: { readonly [Kind in ToldKind]: z.ZodType<ToldBodies[Kind]> } = {
  root: z.object({
    mode: text,
    authorities: z.record(text, keys.optional()),
    recovery: z.union([z.literal("none"), keys]),
  }),
  node: z.object({ key: text, organization: text, partition: text, "trust-tier": count }),
  role: z.object({ services: texts }),
  service: z.object({
    aliases: texts,
    mode: z.enum(["active-active", "leader"]),
    classes: texts,
    hosts: z.array(z.object({ node: text, priority: count, weight: count })),
  }),
  announce: z.object({
    endpoints: z.array(
      z.object({ id: text, endpoint: text.optional(), carrier: text, reach: text, provider: text.optional() }),
    ),
    services: z.array(z.object({ service: text, load: count })),
    capabilities: texts,
  }),
  leader: z.object({ host: text }),
  budget: z.object({ limits: z.array(z.object({ of: text, most: count })) }),
  release: z.object({
    version: text,
    stage: count,
    rollback: z.object({ lowest: text, until: count }),
    deadline: count.optional(),
    leaves: texts,
    rule: z.object({ steps: z.array(count) }).optional(),
  }),
  collection: z.object({
    copies: count,
    holders: z.array(z.object({ node: text, domain: text })),
    readers: texts,
    writers: texts,
    retention: count,
    unretained: texts,
    "recovery-epoch": count,
    budget: count,
    recipients: texts,
    manifest: text.optional(),
  }),
};

/** Kinds of records that are read here. */
export const TOLD_KINDS: readonly ToldKind[] = Object.keys(bodies) as ToldKind[];

export const toldRecords: z.ZodType<ToldRecords> = z.object({
  facts: z.array(
    z.object({
      id: text,
      scope: text,
      subject: text,
      epoch: count,
      issued: text,
      expires: text,
      issuer: text.nullable(),
      body: z.unknown(),
    }),
  ),
  next: text.nullable(),
});

/** The record with its body in form; undefined where that has another form than this version knows. */
export function readBody<Kind extends ToldKind>(
  kind: Kind,
  record: ToldRecord,
): ToldRecord<ToldBodies[Kind]> | undefined {
  const { data } = bodies[kind].safeParse(record.body);
  return data === undefined ? undefined : { ...record, body: data };
}
