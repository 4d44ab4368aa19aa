/** The bodies of what usage is made of: receipts of nodes, whose shares were whose, and the sums of observers. docs/protocol/fabric-usage.md has what they mean. */
import { z } from "zod";
import { distinct, integerField, nameField } from "./fields.ts";
import {
  AMOUNT_MAX,
  RECEIPT_PARTS_MAX,
  RECEIPT_ROWS_MAX,
  SHARE_MAX,
  SHARES_TOLD_MAX,
  USAGE_ROWS_MAX,
} from "./limits.ts";
import { CARRIED_CLASSES } from "./route-bodies.ts";

/** Packets that a node has passed on from one neighbour to another. Neighbours and coordinators are places in the lists of their record, classes those of `CARRIED_CLASSES`. */
export type PassedRow = readonly [
  from: number,
  to: number,
  /** The place of the coordinator whose permits have opened the way, and one more; 0: several, or nobody's. */
  coordinator: number,
  share: number,
  class_: number,
  packets: number,
  bytes: number,
];

/** Packets of the node's own connections by a neighbour: those that went to it, and those that came from it. */
export type OwnRow = readonly [
  peer: number,
  share: number,
  class_: number,
  sentPackets: number,
  sentBytes: number,
  packets: number,
  bytes: number,
];

/** The subject of a receipt names hour, part and node. */
export interface ReceiptBody {
  /** Neighbours, which rows name by their places. */
  readonly peers: readonly string[];
  readonly coordinators: readonly string[];
  readonly passed: readonly PassedRow[];
  readonly own: readonly OwnRow[];
  /** Rows of the hour that stand in no part, as there was no room. */
  readonly left: number;
}

/** The subject names hour and coordinator: which organizations had which shares in this hour and the one before. */
export interface SharesBody {
  readonly shares: readonly (readonly [share: number, organization: string])[];
}

/** A relay's packets and bytes of one class that count, and the bytes that it has claimed. */
export type UsageRow = readonly [relay: string, class_: number, packets: number, bytes: number, claimed: number];

/** The subject names hour and observer, and the scope the organization. */
export interface UsageBody {
  /** The partition of the observer. */
  readonly partition: string;
  /** Nodes whose receipts of the hour were there. */
  readonly receipts: number;
  /** Nodes that receipts name as neighbours, and that have sent none. */
  readonly missing: number;
  /** Rows with the most bytes, where there is no room for all. */
  readonly relays: readonly UsageRow[];
  /** Rows that had no room, and what they come to. */
  readonly rest: readonly [rows: number, packets: number, bytes: number];
}

const amount = integerField.max(AMOUNT_MAX);
const place = integerField.max(RECEIPT_ROWS_MAX);
const shareOrNone = integerField.max(SHARE_MAX);
const classPlace = integerField.max(CARRIED_CLASSES.length - 1);

const passedRow = z.tuple([place, place, place, shareOrNone, classPlace, amount, amount]).readonly();
const ownRow = z.tuple([place, shareOrNone, classPlace, amount, amount, amount, amount]).readonly();

/** The members that tell one row from another. */
const keyOfPassed = ([from, to, coordinator, share, of]: PassedRow): string =>
  `${from} ${to} ${coordinator} ${share} ${of}`;
const keyOfOwn = ([peer, share, of]: OwnRow): string => `${peer} ${share} ${of}`;

export const receiptBody: z.ZodType<ReceiptBody> = z
  .strictObject({
    peers: distinct(nameField, (name) => name, RECEIPT_ROWS_MAX),
    coordinators: distinct(nameField, (name) => name),
    passed: distinct(passedRow, keyOfPassed, RECEIPT_ROWS_MAX),
    own: distinct(ownRow, keyOfOwn, RECEIPT_ROWS_MAX),
    left: integerField,
  })
  .refine(({ peers, coordinators, passed, own }) => {
    const isPeer = (at: number): boolean => at < peers.length;
    const arePlaced = passed.every(([from, to, by]) => isPeer(from) && isPeer(to) && by <= coordinators.length);
    return arePlaced && own.every(([peer]) => isPeer(peer));
  });

export const sharesBody: z.ZodType<SharesBody> = z.strictObject({
  shares: distinct(
    z.tuple([integerField.min(1).max(SHARE_MAX), nameField]).readonly(),
    ([share, organization]) => `${share} ${organization}`,
    SHARES_TOLD_MAX,
  ),
});

export const usageBody: z.ZodType<UsageBody> = z.strictObject({
  partition: nameField,
  receipts: integerField,
  missing: integerField,
  relays: distinct(
    z.tuple([nameField, classPlace, amount, amount, amount]).readonly(),
    ([relay, of]) => `${relay} ${of}`,
    USAGE_ROWS_MAX,
  ),
  rest: z.tuple([integerField, amount, amount]).readonly(),
});

/** `HOUR/…/NAME`: the hour of a record of usage, in hours since 1970, and whose word it is. */
export interface HourSubject {
  readonly hour: number;
  readonly node: string;
}

export interface ReceiptSubject extends HourSubject {
  readonly part: number;
}

const HOUR = /^(?:0|[1-9]\d{0,8})$/;

/** Reads `hour/node`; undefined for anything else. */
export function readHourSubject(subject: string): HourSubject | undefined {
  const [hour, node, ...others] = subject.split("/");
  if (others.length > 0 || !HOUR.test(hour!) || !nameField.safeParse(node).success) return undefined;
  return { hour: Number(hour), node: node! };
}

/** Reads `hour/part/node`; undefined for anything else. */
export function readReceiptSubject(subject: string): ReceiptSubject | undefined {
  const [hour, part, ...others] = subject.split("/");
  const read = part !== undefined && HOUR.test(part) ? readHourSubject([hour, ...others].join("/")) : undefined;
  return read === undefined || Number(part) >= RECEIPT_PARTS_MAX ? undefined : { ...read, part: Number(part) };
}
