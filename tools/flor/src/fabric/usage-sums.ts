/** Usage, as an agent tells it by hours: sums by one of its members, and rows for spreadsheets. Pure. */
import { isBefore } from "@florenetes/usage";
import { z } from "zod";

const count = z.number().nonnegative();

/** An observer's word on an organization and hour: docs/operate/fabric.md has the members. */
export interface ToldUsage {
  readonly organization: string | null;
  readonly hour: string;
  readonly observer: string;
  readonly partition: string;
  readonly record: string;
  readonly receipts: number;
  readonly missing: number;
  readonly relays: readonly {
    readonly relay: string;
    readonly class: string;
    readonly packets: number;
    readonly bytes: number;
    readonly claimed: number;
  }[];
  readonly rest: { readonly relays: number; readonly packets: number; readonly bytes: number };
}

interface UsageAnswer {
  readonly node: string;
  readonly usage: readonly ToldUsage[];
  readonly next: string | null;
}

/** An answer of `GET /usage`. */
export const usageForm: z.ZodType<UsageAnswer> = z.object({
  node: z.string(),
  usage: z.array(
    z.object({
      organization: z.string().nullable(),
      hour: z.iso.datetime(),
      observer: z.string(),
      partition: z.string(),
      record: z.string(),
      receipts: count,
      missing: count,
      relays: z.array(z.object({ relay: z.string(), class: z.string(), packets: count, bytes: count, claimed: count })),
      rest: z.object({ relays: count, packets: count, bytes: count }),
    }),
  ),
  next: z.string().nullable(),
});

/** The members by which sums are made. */
export const SUMMED_BY = ["organization", "relay", "class", "hour"] as const;
export type SummedBy = (typeof SUMMED_BY)[number];

/** Traffic of no organization, and rows for which a record had no room. */
const NONE = "-";

/** A relay's traffic of one class in an hour; both are `-` where a record had no room for them. */
export interface UsageLine extends Pick<ToldUsage, "hour" | "observer" | "partition"> {
  readonly organization: string;
  readonly relay: string;
  readonly class: string;
  readonly packets: number;
  readonly bytes: number;
  readonly claimed: number;
}

export interface UsageSum {
  readonly of: string;
  readonly packets: number;
  readonly bytes: number;
  readonly claimed: number;
}

/** Rows one by one: of two observers that have told the same organization, partition and hour, those whose word counts. */
export function linesOf(usage: readonly ToldUsage[]): UsageLine[] {
  const best = new Map<string, ToldUsage>();
  for (const told of usage) {
    const slot = JSON.stringify([told.hour, told.partition, told.organization]);
    const known = best.get(slot);
    if (known === undefined || isBefore(told, known)) best.set(slot, told);
  }
  return [...best.values()].flatMap(({ organization, hour, observer, partition, relays, rest }) => {
    const about = { hour, organization: organization ?? NONE, partition, observer };
    const left = { ...about, relay: NONE, class: NONE, ...rest, claimed: rest.bytes };
    const { relays: _, ...leftLine } = left;
    return [...relays.map((row) => ({ ...about, ...row })), ...(rest.relays > 0 ? [leftLine] : [])];
  });
}

/** Sums in the order of their bytes, those of hours in the order of time. */
export function sumsOf(lines: readonly UsageLine[], by: SummedBy): UsageSum[] {
  const sums = new Map<string, UsageSum>();
  for (const line of lines) {
    const of = line[by];
    const { packets, bytes, claimed } = sums.get(of) ?? { packets: 0, bytes: 0, claimed: 0 };
    sums.set(of, {
      of,
      packets: packets + line.packets,
      bytes: bytes + line.bytes,
      claimed: claimed + line.claimed,
    });
  }
  const inTime = (a: UsageSum, b: UsageSum): number => (a.of < b.of ? -1 : 1);
  const bySize = (a: UsageSum, b: UsageSum): number => b.bytes - a.bytes || inTime(a, b);
  return [...sums.values()].toSorted(by === "hour" ? inTime : bySize);
}

const COLUMNS = [
  "hour",
  "organization",
  "partition",
  "observer",
  "relay",
  "class",
  "packets",
  "bytes",
  "claimed",
] as const;

/** CSV (RFC 4180), a row each. Names have letters, digits and a few signs, so that none is a formula or needs quotes. */
export function csvOf(lines: readonly UsageLine[]): string {
  const rows = lines.map((line) => COLUMNS.map((name) => cellOf(line[name])).join(","));
  return [COLUMNS.join(","), ...rows].join("\r\n");
}

/** An agent may answer what it likes: all else is left out of a cell. */
function cellOf(value: string | number): string {
  return typeof value === "number" ? String(value) : value.replaceAll(/[^A-Za-z0-9_.:-]/g, "").replace(/^-+(?=.)/, "");
}
