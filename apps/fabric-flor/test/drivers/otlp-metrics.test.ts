/** An observer sends its sums to a collector, as OTLP in JSON, and goes on where none is there. */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import * as fc from "fast-check";
import { runs } from "@florenetes/simkit";
import type { z } from "zod";
import { otlpRequest } from "./otlp-request.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OtlpMetrics, type OtlpMetricsOptions } from "../../src/drivers/otlp-metrics.ts";

interface Request {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] };
    readonly scopeMetrics: readonly { readonly metrics: readonly Readonly<Record<string, unknown>>[] }[];
  }[];
}

const NOON = Date.parse("2026-11-29T12:00:00.500Z");
const SUMS: NonNullable<ReturnType<OtlpMetricsOptions["sums"]>> = {
  partition: "north",
  nodes: 3,
  outcomes: {},
  signed: 1,
  samples: { unwell: 1, well: 0, octets: 0 },
  sums: [
    {
      organization: "acme",
      role: "",
      nodes: { heard: 3 },
      findings: { loss: 1 },
      measures: { cpu: { unit: "percent", count: 3, sum: 60, bounds: [10, 25], buckets: [1, 1, 1] } },
    },
  ],
  versions: { "0.2.0": 3 },
};

type OtlpResource = z.infer<typeof otlpRequest>["resourceMetrics"][number];
interface Metric extends Record<string, unknown> {
  histogram?: { dataPoints: { count: number; bucketCounts: number[] }[] };
}

const BOUNDS = [10, 25, 50];
const measure = fc
  .array(fc.nat({ max: 1_000_000 }), { minLength: BOUNDS.length + 1, maxLength: BOUNDS.length + 1 })
  .chain((buckets) =>
    fc.nat().map((sum) => {
      const count = buckets.reduce((all, each) => all + each, 0);
      return { unit: "percent", count, sum, bounds: BOUNDS, buckets };
    }),
  );
const counts = fc.dictionary(fc.constantFrom("heard", "loss", "away", "full"), fc.nat({ max: 1_000_000 }));
const organizationSums = fc.record({
  organization: fc.constantFrom("", "acme", "globex"),
  role: fc.constantFrom("", "relay"),
  nodes: counts,
  findings: counts,
  measures: fc.dictionary(fc.constantFrom("cpu", "memory", "links"), measure),
}) as unknown as fc.Arbitrary<(typeof SUMS)["sums"][number]>;
const versionsSums = fc.dictionary(fc.constantFrom("0.2.0", "0.3.0", ""), fc.nat());

let server: Server;
let endpoint: string;
let status = 200;
const got: Request[] = [];
const logged: string[] = [];

beforeEach(async () => {
  status = 200;
  got.length = 0;
  logged.length = 0;
  server = createServer((request, response) => {
    void json(request).then((body) => {
      got.push(body as Request);
      response.writeHead(status).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
});
afterEach(() => {
  server.close();
});

function sender(sums: OtlpMetricsOptions["sums"] = () => SUMS): OtlpMetrics {
  const note = ({ code }: { readonly code: string }): void => void logged.push(code);
  const log = { info: note, warn: note } as unknown as OtlpMetricsOptions["log"];
  const source = { cluster: "demo", node: "o", version: "0.2.0" };
  return new OtlpMetrics({ config: { endpoint, ca: undefined }, source, sums, wallClock: () => NOON, log });
}

test("sums are gauges of nodes, findings and versions, and a histogram of each measure", async () => {
  await sender().send();
  const [{ resource, scopeMetrics }] = got[0]!.resourceMetrics as [Request["resourceMetrics"][number]];
  expect(resource.attributes).toContainEqual({ key: "service.instance.id", value: { stringValue: "o" } });
  const metrics = scopeMetrics.flatMap((scope) => scope.metrics);
  expect(metrics.map(({ name }) => name)).toEqual([
    "florenetes.fleet.nodes",
    "florenetes.fleet.findings",
    "florenetes.fleet.versions",
    "florenetes.fleet.cpu",
  ]);
  expect(metrics[3]).toMatchObject({
    unit: "percent",
    histogram: { dataPoints: [{ count: 3, sum: 60, bucketCounts: [1, 1, 1], explicitBounds: [10, 25] }] },
  });
  expect(JSON.stringify(metrics[0])).toContain('{"key":"organization","value":{"stringValue":"acme"}}');
});

test("what is sent is OTLP by the specification, whatever the sums are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(organizationSums, { maxLength: 4 }), versionsSums, async (sums, versions) => {
      got.length = 0;
      const distinct = [...new Map(sums.map((each) => [`${each.organization} ${each.role}`, each])).values()];
      await sender(() => ({ ...SUMS, sums: distinct, versions })).send();
      const [{ scopeMetrics }] = otlpRequest.parse(got[0]).resourceMetrics as [OtlpResource];
      const histograms = scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ histogram }) => histogram ?? []));
      const told = histograms.flatMap(({ dataPoints }) => dataPoints.map(({ count }) => Number(count)));
      const meant = distinct.flatMap(({ measures }) => Object.values(measures).map(({ count }) => count));
      const [a, b] = [told, meant].map((all) => all.toSorted((one, other) => one - other).join(" "));
      return a === b;
    }),
    { numRuns: runs(200, 30) },
  );
  expect(got.length).toBe(1);
});

test.each([
  ["a field that there is not", (metric: Metric) => (metric["labels"] = {})],
  ["a histogram without one of its buckets", (metric: Metric) => metric.histogram!.dataPoints[0]!.bucketCounts.pop()],
  ["a count that its buckets do not have", (metric: Metric) => (metric.histogram!.dataPoints[0]!.count = 4)],
])("the reader of the specification refuses %s", async (_, spoil) => {
  await sender().send();
  otlpRequest.parse(got[0]);
  spoil(got[0]!.resourceMetrics[0]!.scopeMetrics[0]!.metrics[3] as Metric);
  expect(otlpRequest.safeParse(got[0]).success).toBe(false);
});

test("a collector that is away, or refuses, costs its minute alone, and the log says so once", async () => {
  const metrics = sender();
  status = 503;
  await metrics.send();
  await metrics.send();
  status = 200;
  await metrics.send();
  expect([got.length, logged]).toEqual([3, ["OTLP_METRICS_LOST", "OTLP_METRICS_SENT"]]);
  server.close();
  server.closeAllConnections();
  await metrics.send();
  expect(logged.at(-1)).toBe("OTLP_METRICS_LOST");
});

test("a node that observes nothing sends nothing", async () => {
  await sender(() => null).send();
  expect(got).toEqual([]);
});
