/** Usage: what observers have signed of an hour of an organization, as an agent tells of it (docs/operate/fabric.md). */
import { NAME_LENGTH_MAX } from "@florenetes/operator-text";
import { z } from "zod";

export const HOUR_MS = 3_600_000;

/** All that relays have carried in an hour for an organization, by one observer. */
export interface ToldUsage {
  /** Null: for no organization. */
  readonly organization: string | null;
  /** Hours since 1970. */
  readonly hour: number;
  readonly observer: string;
  readonly partition: string;
  /** The id of the record. */
  readonly record: string;
  /** Nodes that were heard for that hour. */
  readonly receipts: number;
  /** Nodes that others name as neighbours, and that were not heard. */
  readonly missing: number;
  readonly relays: readonly ToldRelayUsage[];
  /** The sum of relays that are not named. */
  readonly rest: { readonly relays: number; readonly packets: number; readonly bytes: number };
}

interface ToldRelayUsage {
  readonly relay: string;
  readonly class: string;
  readonly packets: number;
  /** Bytes that count, … */
  readonly bytes: number;
  /** … and that the relay says it has carried. */
  readonly claimed: number;
}

export interface ToldUsages {
  readonly usage: readonly ToldUsage[];
  /** The next page begins behind it; null: this is the last one. */
  readonly next: string | null;
}

/** Every text is as short as a name is, and every number one that is exact: thousands of them are kept. */
const name = z.string().max(NAME_LENGTH_MAX);
/** Digits of SHA-256. */
const ID_LENGTH = 64;
const count = z.int().min(0);

const relay = z.object({ relay: name, class: name, packets: count, bytes: count, claimed: count });

export const toldUsages: z.ZodType<ToldUsages> = z.object({
  usage: z.array(
    z.object({
      organization: name.nullable(),
      hour: z.iso.datetime().transform((time) => Math.floor(Date.parse(time) / HOUR_MS)),
      observer: name,
      partition: name,
      record: z.string().max(ID_LENGTH),
      receipts: count,
      missing: count,
      relays: z.array(relay),
      rest: z.object({ relays: count, packets: count, bytes: count }),
    }),
  ),
  next: z.string().nullable(),
});
