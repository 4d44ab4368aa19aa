/** An observer sends its sums to a collector, as OTLP in JSON, and goes on where none is there. */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
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
