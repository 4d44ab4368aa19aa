/**
 * A strict reader of OTLP metrics in JSON, written by the specification alone: fields of opentelemetry-proto's `ExportMetricsServiceRequest` in the
 * JSON mapping of proto3 (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), and the rules of the metrics data model. It knows
 * nothing of the library by which requests are written, and takes no field that the specification does not have.
 */
import { z } from "zod";

const U64_MAX = 2n ** 64n - 1n;
/** 64-bit integers are decimal strings, which readers also take as numbers. */
const uint64 = z
  .union([z.int().min(0), z.string().regex(/^(0|[1-9]\d*)$/)])
  .transform(BigInt)
  .refine((value) => value <= U64_MAX);
const time = uint64.refine((value) => value > 0n, "0 stands for an unknown time");
const uint32 = z.int().min(0).max(0xffff_ffff);

const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.union([z.int(), z.string().regex(/^-?\d+$/)]) }),
  z.strictObject({ doubleValue: z.number() }),
]);
const attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: anyValue }))
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, "a key stands twice");

const timed = { attributes: attributes.default([]), startTimeUnixNano: time.optional(), timeUnixNano: time };
const isInOrder = ({
  startTimeUnixNano,
  timeUnixNano,
}: {
  readonly startTimeUnixNano?: bigint | undefined;
  readonly timeUnixNano: bigint;
}): boolean => (startTimeUnixNano ?? 0n) <= timeUnixNano;

const numberPoint = z
  .strictObject({ ...timed, asDouble: z.number().optional(), asInt: uint64.optional(), flags: uint32.optional() })
  .refine(({ asDouble, asInt }) => (asDouble === undefined) !== (asInt === undefined), "one value")
  .refine(isInOrder, "it begins before it ends");

const histogramPoint = z
  .strictObject({
    ...timed,
    count: uint64,
    sum: z.number().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    bucketCounts: z.array(uint64),
    explicitBounds: z.array(z.number()),
    flags: uint32.optional(),
  })
  .refine(isInOrder, "it begins before it ends")
  .refine(({ bucketCounts, explicitBounds }) => bucketCounts.length === explicitBounds.length + 1, "buckets and bounds")
  .refine(
    ({ bucketCounts, count }) => bucketCounts.reduce((sum, each) => sum + each, 0n) === count,
    "the sum of buckets",
  )
  .refine(
    ({ explicitBounds }) => explicitBounds.every((bound, i) => i === 0 || bound > explicitBounds[i - 1]!),
    "rising",
  );

/** Points of one metric are told apart by their attributes. */
function areDistinct(points: readonly { readonly attributes: readonly { readonly key: string }[] }[]): boolean {
  const names = points.map((point) => JSON.stringify(point.attributes.toSorted((a, b) => (a.key < b.key ? -1 : 1))));
  return new Set(names).size === names.length;
}

const metric = z
  .strictObject({
    name: z.string().min(1),
    description: z.string().optional(),
    unit: z.string().optional(),
    gauge: z.strictObject({ dataPoints: z.array(numberPoint).refine(areDistinct, "a point twice") }).optional(),
    histogram: z
      .strictObject({
        dataPoints: z.array(histogramPoint).refine(areDistinct, "a point twice"),
        aggregationTemporality: z.union([z.literal(1), z.literal(2)]),
      })
      .optional(),
  })
  .refine(({ gauge, histogram }) => (gauge === undefined) !== (histogram === undefined), "one kind of data");

/** The request; it throws what is wrong with one. Numbers of 64 bits come out as bigint. */
export const otlpRequest = z.strictObject({
  resourceMetrics: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes, droppedAttributesCount: uint32.optional() }),
      scopeMetrics: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string().optional() }),
          metrics: z
            .array(metric)
            .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "a metric stands twice"),
          schemaUrl: z.string().optional(),
        }),
      ),
      schemaUrl: z.string().optional(),
    }),
  ),
});
