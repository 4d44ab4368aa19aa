/** Usage over a restart: the state of the meter, receipts that an observer holds, and usage, a row each. Pure. */
import type { KeptMeter, Own, Passed } from "@florenetes/usage";
import { z } from "zod";
import type { KeptRow } from "../kept-row.ts";
import type { PostedRow } from "../mail/record-post.ts";

/** The rows of a life before, read. */
export interface KeptUsage {
  readonly meter: KeptMeter | undefined;
  /** Octets of receipts and shares. */
  readonly receipts: readonly Uint8Array[];
  readonly usage: readonly Uint8Array[];
  /** Records that were still to be handed in, by the kind of their letters. */
  readonly posted: readonly { readonly kind: string; readonly row: PostedRow }[];
}

const amount = z.int().nonnegative();
const passed: z.ZodType<Passed> = z.object({
  from: z.string(),
  to: z.string(),
  // JSON has no word for what is undefined.
  coordinator: z
    .string()
    .optional()
    .transform((name): string | undefined => name),
  share: amount,
  class: amount,
  packets: amount,
  bytes: amount,
});
const own: z.ZodType<Own> = z.object({
  peer: z.string(),
  share: amount,
  class: amount,
  sentPackets: amount,
  sentBytes: amount,
  packets: amount,
  bytes: amount,
});
const meterForm: z.ZodType<KeptMeter> = z.object({
  instance: z.string(),
  readAt: amount,
  closed: z.int(),
  counts: z.array(z.tuple([z.string(), z.array(amount)])),
  hours: z.array(z.tuple([amount, z.object({ passed: z.array(passed), own: z.array(own), left: amount })])),
});

export function meterText(kept: KeptMeter | undefined): string | undefined {
  return kept && JSON.stringify(kept);
}

/** Reads rows. Whatever is not in order is passed over: an hour may be without a part of it then. */
export function readKept(rows: readonly (KeptRow & { readonly text: string })[]): KeptUsage {
  let meter: KeptMeter | undefined;
  const [receipts, usage, posted]: [Uint8Array[], Uint8Array[], { kind: string; row: PostedRow }[]] = [[], [], []];
  for (const { name, text } of rows) {
    const [kind, ...words] = name.split(" ");
    if (kind === "meter") meter = readMeter(text);
    else if (kind === "posted") {
      const [of = "", ...rest] = words;
      const [until = "", octets = ""] = text.split(" ");
      posted.push({
        kind: of,
        row: { name: rest.join(" "), octets: Buffer.from(octets, "base64"), until: Number(until) },
      });
    } else if (kind === "usage") usage.push(Buffer.from(text, "base64"));
    else receipts.push(Buffer.from(text, "base64"));
  }
  return { meter, receipts, usage, posted };
}

/** A change of what is held: a row that is to be kept over a restart; without octets it is gone. */
export interface KeptChange {
  readonly name: string;
  readonly octets: Uint8Array | undefined;
}

export function keptRow({ name, octets }: KeptChange): KeptRow {
  return { name, text: octets && Buffer.from(octets).toString("base64") };
}

/** @param kind The kind of the letters that hand the record in */
export function postedRow(
  kind: string,
  row: PostedRow | { readonly name: string; readonly octets?: undefined },
): KeptRow {
  const { name, octets } = row;
  const text = octets === undefined ? undefined : `${row.until} ${Buffer.from(octets).toString("base64")}`;
  return { name: `posted ${kind} ${name}`, text };
}

function readMeter(text: string): KeptMeter | undefined {
  try {
    return meterForm.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
