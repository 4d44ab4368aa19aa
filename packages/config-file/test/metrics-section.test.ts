import { OperatorErrors } from "@florenetes/operator-text";
import { expect, test } from "vitest";
import { z } from "zod";
import { metricsField, parseConfig, resolveMetrics } from "../src/index.ts";

const schema = z.strictObject({ metrics: metricsField });
const read = (text: string) => parseConfig(text, "/etc/florenetes/config.yaml", schema, resolveMetrics);

function problemsOf(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof OperatorErrors)) throw error;
    return error.problems.map(({ code, where }) => `${where?.key}: ${code}`);
  }
}

test.each([
  ["tcp://127.0.0.1:9464", { host: "127.0.0.1", port: 9464, tls: undefined }],
  ["tcp://[::1]:9464", { host: "::1", port: 9464, tls: undefined }],
])("metrics are told in plain HTTP at %s", (listen, expected) => {
  expect(read(JSON.stringify({ metrics: { listen } }))).toEqual(expected);
});

test("without the key there is no address, and files of TLS start at the config's folder", () => {
  expect(read("{}")).toBeUndefined();
  const tls = { certificate: "m.pem", key: "/srv/m-key.pem", "client-ca": "ca.pem" };
  expect(read(JSON.stringify({ metrics: { listen: "tcp://0.0.0.0:9464", tls } }))).toEqual({
    host: "0.0.0.0",
    port: 9464,
    tls: { certificate: "/etc/florenetes/m.pem", key: "/srv/m-key.pem", clientCa: "/etc/florenetes/ca.pem" },
  });
});

test.each([
  ["tcp://192.0.2.1:9464", "metrics.listen: ERR_CONFIG_METRICS_PLAIN"],
  ["tcp://0.0.0.0:9464", "metrics.listen: ERR_CONFIG_METRICS_PLAIN"],
  ["tcp://[::]:9464", "metrics.listen: ERR_CONFIG_METRICS_PLAIN"],
  ["tcp://localhost:9464", "metrics.listen: ERR_CONFIG_ADDRESS"],
  ["tcp://127.0.0.1:0", "metrics.listen: ERR_CONFIG_ADDRESS"],
  ["udp://127.0.0.1:9464", "metrics.listen: ERR_CONFIG_ADDRESS"],
  ["unix:/run/metrics.sock", "metrics.listen: ERR_CONFIG_ADDRESS"],
])("metrics are not told at %s", (listen, expected) => {
  expect(problemsOf(JSON.stringify({ metrics: { listen } }))).toEqual([expected]);
});

test("a certificate needs its key", () => {
  const metrics = { listen: "tcp://127.0.0.1:9464", tls: { certificate: "m.pem" } };
  expect(problemsOf(JSON.stringify({ metrics }))).toEqual(["metrics.tls.key: ERR_CONFIG_MISSING_KEY"]);
});
