/** The body of what an observer says of its partition: counts, sums and fixed buckets of what nodes have told of themselves. docs/protocol/fabric-telemetry.md has what they mean. */
import { z } from "zod";
import { distinct, integerField, nameField } from "./fields.ts";
import {
  INTEGER_MAX,
  OBSERVED_BUCKETS_MAX,
  OBSERVED_CELLS_MAX,
  OBSERVED_FINDINGS_MAX,
  OBSERVED_MEASURES_MAX,
  OBSERVED_VERSIONS_MAX,
} from "./limits.ts";

/** Nodes that are heard, that are not, that are unwell, that are phones, and that offer to carry packets of others. */
export type ObservedNodes = readonly [heard: number, silent: number, unwell: number, phones: number, relays: number];

/** The sum of all values of a measure, and how many of them fell into each of its buckets. */
export type ObservedMeasure = readonly [of: string, sum: number, buckets: readonly number[]];

/** Nodes that are added up together. */
export interface ObservedCell {
  /** `all` of them, those with one `role`, those with no role (`none`), or those with roles for which there was no room (`other`). */
  readonly of: (typeof CELL_KINDS)[number];
  /** The role where it is one; "": none. */
  readonly role: string;
  readonly nodes: ObservedNodes;
  /** How many nodes have which finding. Readers pass over names that they do not know. */
  readonly findings: readonly (readonly [finding: string, nodes: number])[];
  /** Measures that have values; likewise. */
  readonly measures: readonly ObservedMeasure[];
}

/** The subject names partition and observer, the scope the organization whose nodes it is about: `cluster` is all of them. */
export interface ObservationBody {
  /** Since when the observer listens, in milliseconds since 1970: earlier than a few minutes ago, or nodes may be missing that are well. */
  readonly since: number;
  readonly cells: readonly ObservedCell[];
  /** Versions of software that most nodes have, and nodes with any other. */
  readonly versions: readonly (readonly [version: string, nodes: number])[];
  readonly otherVersions: number;
}

const CELL_KINDS = ["all", "role", "none", "other"] as const;

const nameAndCount = z.tuple([nameField, integerField]).readonly();

/** Whoever reads buckets adds them up: their sum is a whole number, too. */
const buckets = z
  .array(integerField)
  .min(1)
  .max(OBSERVED_BUCKETS_MAX)
  .refine((counts) => counts.reduce((sum, count) => sum + count, 0) <= INTEGER_MAX);

const cell: z.ZodType<ObservedCell> = z
  .strictObject({
    of: z.enum(CELL_KINDS),
    role: nameField.or(z.literal("")),
    nodes: z.tuple([integerField, integerField, integerField, integerField, integerField]).readonly(),
    findings: distinct(nameAndCount, ([of]) => of, OBSERVED_FINDINGS_MAX),
    measures: distinct(z.tuple([nameField, integerField, buckets]).readonly(), ([of]) => of, OBSERVED_MEASURES_MAX),
  })
  .refine(({ of, role }) => (of === "role") === (role !== ""));

export const observationBody: z.ZodType<ObservationBody> = z.strictObject({
  since: integerField,
  cells: distinct(cell, ({ of, role }) => `${of} ${role}`, OBSERVED_CELLS_MAX),
  versions: distinct(nameAndCount, ([of]) => of, OBSERVED_VERSIONS_MAX),
  otherVersions: integerField,
});
