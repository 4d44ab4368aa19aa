/**
 * The work of a coordinator as rows that are kept over a restart: one for each slot of leases, one for each relay and scope of permits, and one for its shares. They are a help and no more: what is not in
 * order is left out, and the coordinator then waits for reports, as one without any. Pure.
 */
import { LABEL_COUNT_MAX, WORKLOAD_CLASS_NAMES } from "@florenetes/forwarding";
import { readFact, SHARE_MAX } from "@florenetes/facts";
import type { PlannedRoute } from "@florenetes/routes";
import { z } from "zod";
import type { KeptRow } from "../kept-row.ts";
import type { LeaseOffice } from "./lease-office.ts";
import type { Leased } from "./lease-slot.ts";
import { SENT_MAX } from "./limits.ts";
import type { KeptPermits, PermitsOffice } from "./permits-office.ts";
import type { SignedRecord } from "./route-signer.ts";
import type { Shares } from "./shares.ts";

const word = z.string().regex(/^\S+$/);
const count = z.int().nonnegative();
const octets = z.base64().transform((text): Uint8Array => Buffer.from(text, "base64"));
const classes = z.array(z.enum(WORKLOAD_CLASS_NAMES));
const route: z.ZodType<PlannedRoute> = z.object({
  route: z.object({
    link: count,
    labels: z.array(count).min(1).max(LABEL_COUNT_MAX),
    via: z.array(word).min(1),
    mtu: count,
    cost: count,
    why: z.array(z.object({ of: word, value: count, cost: count })),
  }),
  pairs: z.array(z.object({ relay: word, scope: word, from: count, to: count })),
});
const want = z.object({
  origin: word,
  service: word,
  scope: word,
  host: word,
  label: count,
  classes,
  rate: count,
});
const leasesForm = z
  .array(
    z.object({
      want,
      rate: count,
      share: z.int().min(1).max(SHARE_MAX).optional(),
      id: z.string().regex(/^\d{1,15}$/),
      record: octets,
      routes: z.array(route),
      renewAt: count,
      isTaken: z.boolean(),
    }),
  )
  .min(1)
  .max(SENT_MAX);
const permitsForm = z.object({
  record: octets,
  text: z.string(),
  left: z.array(z.string()).nullable(),
  takenUntil: count,
});

export function leasesRow(partition: string, slot: string, leases: readonly Leased[]): KeptRow {
  const name = `${partition} lease ${slot}`;
  if (leases.length === 0) return { name, text: undefined };
  const kept = leases.map(({ want: asked, rate, share, id, signed, routes, renewAt, isTaken }) => {
    const { doubts: _, ...own } = asked;
    return { want: own, rate, share, id, record: base64(signed), routes, renewAt, isTaken };
  });
  return { name, text: JSON.stringify(kept) };
}

function permitsRow(partition: string, relay: string, scope: string, permits: KeptPermits | undefined): KeptRow {
  const name = `${partition} permits ${relay} ${scope}`;
  if (permits === undefined) return { name, text: undefined };
  const { record, text, left = null, takenUntil } = permits;
  return { name, text: JSON.stringify({ record: base64(record), text, left, takenUntil }) };
}

function sharesRow(partition: string, text: string | undefined): KeptRow {
  return { name: `${partition} shares`, text };
}

interface WorkParts {
  readonly leases: LeaseOffice;
  readonly permits: PermitsOffice;
  readonly shares: Shares;
}

/** The rows that have changed since the last call. */
export function changedRows(partition: string, { leases, permits, shares }: WorkParts): KeptRow[] {
  const text = shares.pollKept();
  return [
    ...leases.pollKept().map(([slot, all]) => leasesRow(partition, slot, all)),
    ...permits.pollKept().map(({ relay, scope, permits: one }) => permitsRow(partition, relay, scope, one)),
    ...(text === undefined ? [] : [sharesRow(partition, text)]),
  ];
}

/** Rows by which all that was kept is let go of. */
export function endedRows(partition: string, { leases, permits }: Omit<WorkParts, "shares">): KeptRow[] {
  return [
    ...[...leases.slots()].map((slot) => leasesRow(partition, slot, [])),
    ...[...permits.given()].map(([relay, scope]) => permitsRow(partition, relay, scope, undefined)),
    sharesRow(partition, undefined),
  ];
}

export interface RestoredWork {
  /** By their slots; of each the newest last. */
  readonly leases: readonly (readonly [slot: string, leases: readonly Leased[]])[];
  readonly permits: readonly { readonly relay: string; readonly scope: string; readonly permits: KeptPermits }[];
  /** Undefined: none were kept. */
  readonly shares: string | undefined;
  /** Names of rows that are not in order, or another partition's. */
  readonly refused: readonly string[];
}

/** Reads rows of a partition. */
export function readRows(
  rows: readonly { readonly name: string; readonly text: string }[],
  partition: string,
  cluster: string,
): RestoredWork {
  const leases: (readonly [string, readonly Leased[]])[] = [];
  const permits: { relay: string; scope: string; permits: KeptPermits }[] = [];
  const refused: string[] = [];
  let shares: string | undefined;
  for (const { name, text } of rows) {
    const [of, kind, first = "", second = ""] = name.split(" ");
    const slot = of === partition && kind === "lease" ? readLeases(text, cluster) : undefined;
    const relay = of === partition && kind === "permits" ? readPermits(text, cluster) : undefined;
    if (slot !== undefined) leases.push([`${first} ${second}`, slot]);
    else if (relay !== undefined) permits.push({ relay: first, scope: second, permits: relay });
    else if (name === sharesRow(partition, text).name) shares = text;
    else refused.push(name);
  }
  return { leases, permits, shares, refused };
}

function readLeases(text: string, cluster: string): readonly Leased[] | undefined {
  const { data } = leasesForm.safeParse(parsed(text));
  const times = { lookedAt: Number.NEGATIVE_INFINITY, lookAt: Number.NEGATIVE_INFINITY, dead: 0 };
  const rest = { settlesAt: Number.POSITIVE_INFINITY, isFormer: true };
  const all = data?.map(({ record, ...lease }) => {
    const signed = signedOf(record, cluster);
    return signed === undefined ? undefined : { ...lease, share: lease.share, signed, ...times, ...rest };
  });
  return all?.every((lease) => lease !== undefined) === true ? all : undefined;
}

function readPermits(text: string, cluster: string): KeptPermits | undefined {
  const { data } = permitsForm.safeParse(parsed(text));
  const record = data === undefined ? undefined : signedOf(data.record, cluster);
  return data === undefined || record === undefined ? undefined : { ...data, record, left: data.left ?? undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function signedOf(record: Uint8Array, cluster: string): SignedRecord | undefined {
  const fact = readFact(record, cluster);
  if (typeof fact === "string") return undefined;
  return { id: fact.id, epoch: fact.epoch, expires: fact.expires, octets: record };
}

function base64({ octets: bytes }: SignedRecord): string {
  return Buffer.from(bytes).toString("base64");
}
