/** Telemetry: how the nodes of a partition are, as its observers have added it up and an agent tells of it (docs/operate/fabric.md). */
import { NAME_LENGTH_MAX } from "@florenetes/operator-text";
import { z } from "zod";
import type { FleetResource, FleetTally } from "./fleet-resource.ts";
import { toldRows } from "./told-rows.ts";

export interface ToldFleets {
  readonly fleet: readonly FleetResource[];
  /** The next page begins behind it; null: this is the last one. */
  readonly next: string | null;
}

/** Every text is as short as a name is, and every number one that is exact. */
const name = z.string().max(NAME_LENGTH_MAX);
/** Digits of SHA-256. */
const ID_LENGTH = 64;
/** Entries of any list: an observation has no more. */
const ENTRIES_MAX = 64;
const count = z.int().min(0);
const time = z.iso.datetime();
/** Counts by names, as many as a list has. */
const counts = z.record(name, count).refine((entries) => Object.keys(entries).length <= ENTRIES_MAX);

const tally: z.ZodType<FleetTally> = z.object({
  nodes: counts,
  findings: counts,
  measures: z
    .record(
      name,
      z.object({
        unit: name,
        count,
        sum: count,
        bounds: z.array(count).max(ENTRIES_MAX),
        buckets: z.array(count).max(ENTRIES_MAX),
      }),
    )
    .refine((entries) => Object.keys(entries).length <= ENTRIES_MAX),
});

export const toldFleets: z.ZodType<ToldFleets> = z.object({
  fleet: toldRows(
    z.object({
      partition: name,
      organization: name.nullable(),
      by: name,
      observers: z.array(
        z.object({ observer: name, record: z.string().max(ID_LENGTH), at: time, since: time, heard: count }),
      ),
      all: tally,
      roles: z.record(name, tally).refine((entries) => Object.keys(entries).length <= ENTRIES_MAX),
      none: tally,
      other: tally,
      versions: counts,
      otherVersions: count,
    }),
  ),
  next: z.string().nullable(),
});

/** The place of a row: a space is in no name. */
export function fleetKey({ partition, organization }: Pick<FleetResource, "partition" | "organization">): string {
  return `${partition} ${organization ?? ""}`;
}
