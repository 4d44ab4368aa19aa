/*
 *   a ───── b      a tunnel; both ends send spans to collectors: a's in plain HTTP, b's over TLS
 */
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Collector } from "../src/collector.ts";
import { freePort } from "../src/free-port.ts";
import { TlsCertificates } from "../src/tls-certificates.ts";
import { PATIENCE } from "../src/patience.ts";

interface TracesStatus {
  readonly spans: number;
  readonly lost: number;
  readonly problem: string;
}

describe("spans of workload connections", () => {
  let lab: Lab;
  let echo: Server;
  let atA: Collector;
  let atB: Collector;

  const portOf = (service: string): number =>
    Number(new URL(lab.tunnels.find((tunnel) => tunnel.service === service)!.listen).port);

  async function say(word: string): Promise<string> {
    const socket = connect(portOf("echo"), "127.0.0.1");
    socket.end(word);
    return text(socket);
  }

  const statusOf = async (node: string): Promise<TracesStatus> =>
    ((await lab.status(node)).clusterFlor as unknown as { otlpTraces: TracesStatus }).otlpTraces;

  beforeAll(async () => {
    echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    const of = (port: number) => ({ node: "b", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] });
    const services = { echo: of((echo.address() as AddressInfo).port), nobody: of(await freePort()) };
    atA = await Collector.open();
    const traces = { endpoint: `http://127.0.0.1:${atA.port}/v1/traces` };
    const mesh = {
      cluster: "spans",
      nodes: { a: { settings: { "cluster-flor": { "otlp-traces": traces } } }, b: {} },
      links: [{ between: ["a", "b"] as [string, string] }],
      services,
      tunnels: Object.keys(services).map((service) => ({
        node: "a",
        listen: "tcp://127.0.0.1:0",
        as: "user/alice",
        service,
        path: ["a", "b"],
      })),
    };
    lab = await openLab(mesh, { environment: { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20word" } });
    const certificates = new TlsCertificates(lab.folder);
    certificates.makeCa("ca");
    certificates.issue("collector", "ca");
    const [cert, key] = [certificates.file("collector.pem"), certificates.file("collector-key.pem")];
    atB = await Collector.open(0, { cert, key });
    const ofB = `\notlp-traces: { endpoint: "https://127.0.0.1:${atB.port}/v1/traces", ca: ${certificates.file("ca.pem")} }\n`;
    appendFileSync(lab.configFile("b", "cluster-flor"), ofB);
    await lab.up();
  });
  afterAll(async () => {
    await lab?.down();
    await atA?.[Symbol.asyncDispose]();
    await atB?.[Symbol.asyncDispose]();
    echo?.close();
  });

  test("are of one trace at both ends, and tell what the access log tells", async () => {
    expect(await say("hello")).toBe("hello");
    for (const { spans } of [atA, atB])
      await expect.poll(() => spans.map(({ name }) => name), PATIENCE).toEqual(["stream echo"]);
    const [caller, called] = [atA.spans[0]!, atB.spans[0]!];
    expect(called.traceId).toBe(caller.traceId);
    expect(called.parentSpanId).toBe(caller.spanId);
    expect(caller.parentSpanId).toBeUndefined();
    // OTLP counts kinds from 1: a server's is 2, and a client's 3.
    expect([caller.kind, called.kind]).toEqual([3, 2]);
    const same = { "florenetes.principal": "user/alice", "florenetes.service": "echo", "florenetes.end": "DONE" };
    expect(caller.attributes).toMatchObject({ ...same, "florenetes.sent": 5, "florenetes.received": 5 });
    expect(called.attributes).toMatchObject({ ...same, "florenetes.sent": 5, "florenetes.received": 5 });
    expect(caller.status).toEqual({ code: 0 });
    const resource = { "service.name": "cluster-flor", "service.namespace": "spans" };
    expect(caller.resource).toMatchObject({ ...resource, "service.instance.id": "a" });
    expect(called.resource).toMatchObject({ ...resource, "service.instance.id": "b" });
    expect(BigInt(caller.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(caller.startTimeUnixNano));
    expect(atA.headers[0]).toMatchObject({ authorization: "Bearer word", "content-type": "application/json" });
  });

  test("of one that nobody serves are errors", async () => {
    connect(portOf("nobody"), "127.0.0.1").on("error", () => undefined);
    const refused = (): unknown => atA.spans.find(({ name }) => name === "stream nobody")?.status;
    await expect.poll(refused, PATIENCE).toEqual({ code: 2, message: "TARGET_DOWN" });
  });

  test.each([
    ["answers with more than anybody would read", (response) => response.end(Buffer.alloc(8 * 1_048_576))],
    ["refuses them", (response) => response.writeHead(400).end("no")],
    ["breaks off", (response) => response.destroy()],
  ] as readonly (readonly [string, NonNullable<Collector["misbehave"]>])[])(
    "that go to a collector which %s are lost or sent, and counted, and no workload notices",
    async (_, misbehave) => {
      const before = await statusOf("a");
      atA.misbehave = misbehave;
      const { requests } = atA;
      expect(await say("unseen")).toBe("unseen");
      await expect.poll(() => atA.requests, PATIENCE).toBeGreaterThan(requests);
      expect(await say("unseen")).toBe("unseen");
      atA.misbehave = undefined;
      const { length } = atA.spans;
      const isSentAgain = async (): Promise<boolean> => {
        expect(await say("seen")).toBe("seen");
        return atA.spans.length > length;
      };
      await expect.poll(isSentAgain, PATIENCE).toBe(true);
      await expect.poll(async () => (await statusOf("a")).problem, PATIENCE).toBe("");
      const { spans, lost } = await statusOf("a");
      expect(spans + lost).toBeGreaterThan(before.spans + before.lost);
    },
  );

  test("that no collector takes are counted, the log says so once, and they are sent again when there is one", async () => {
    const { port } = atA;
    await atA[Symbol.asyncDispose]();
    const { lost } = await statusOf("a");
    expect(await say("unseen")).toBe("unseen");
    await expect.poll(async () => (await statusOf("a")).lost, PATIENCE).toBeGreaterThan(lost);
    expect((await statusOf("a")).problem).toContain("ECONNREFUSED");
    atA = await Collector.open(port);
    const isSentAgain = async (): Promise<boolean> => {
      expect(await say("seen")).toBe("seen");
      return atA.spans.length > 0;
    };
    await expect.poll(isSentAgain, PATIENCE).toBe(true);
    await expect.poll(async () => (await statusOf("a")).problem, PATIENCE).toBe("");
    const codes = (await lab.logs("a", "cluster-flor")).match(/OTLP_TRACES_\w+/g)!;
    expect(codes.slice(-2)).toEqual(["OTLP_TRACES_LOST", "OTLP_TRACES_SENT"]);
  });

  test("do not keep a process that is to end, though the collector never answers", async () => {
    atA.misbehave = () => {};
    const { requests } = atA;
    expect(await say("unseen")).toBe("unseen");
    await expect.poll(() => atA.requests, PATIENCE).toBeGreaterThan(requests);
    const { pid } = lab.pids().find(({ node, process }) => node === "a" && process === "cluster-flor")!;
    const from = performance.now();
    await lab.kill("a", "cluster-flor", "SIGTERM");
    const isGone = (): boolean => !lab.pids().some((each) => each.pid === pid);
    await expect.poll(isGone, PATIENCE).toBe(true);
    // A request takes up to ten seconds, for which no end waits.
    expect(performance.now() - from).toBeLessThan(9_000);
  });
});
