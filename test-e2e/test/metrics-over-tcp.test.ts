/*
 *   a ───── b       link-flor of a tells metrics over TCP: plain and over TLS, to whom it shall and to others
 */
import { once } from "node:events";
import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { Agent, request as requestHttp, type RequestOptions } from "node:http";
import { request as requestHttps, type RequestOptions as TlsRequestOptions } from "node:https";
import { connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { areInstalled } from "../src/installed.ts";
import { TlsCertificates } from "../src/tls-certificates.ts";
import { parseMetrics } from "../src/metrics-text.ts";
import { PATIENCE } from "../src/patience.ts";
import { Prometheus } from "../src/prometheus.ts";
import { type MetricsSection, tellAt } from "../src/told-metrics.ts";

const HOST = "127.0.0.1";
const PLACES = 32;
const CROWD = 3 * PLACES;
/** How long a client waits for an answer. */
const SOON_MS = 5_000;

let lab: Lab;
let configFile: string;
let port: number;

const take = (metrics: MetricsSection | undefined) => tellAt(configFile, metrics);
const plain = (at: number): MetricsSection => ({ listen: `tcp://${HOST}:${at}` });

beforeAll(async () => {
  lab = await openLab({ cluster: "asked", nodes: { a: {}, b: {} }, links: [{ between: ["a", "b"] }] });
  await lab.up();
  configFile = lab.configFile("a", "link-flor");
  port = await freePort();
  expect(await take(plain(port))).toMatchObject({ ok: true });
});
afterAll(() => lab?.down());

interface Told {
  readonly status: number;
  readonly body: string;
  readonly connection: string | undefined;
}

/** Asks over a connection of its own. Rejects where there is no answer. */
function ask(options: RequestOptions & TlsRequestOptions, isSecure = false): Promise<Told> {
  return new Promise((done, fail) => {
    const given = { host: HOST, port, path: "/metrics", agent: false, timeout: SOON_MS, ...options } as const;
    const asking = isSecure ? requestHttps(given) : requestHttp(given);
    asking.once("timeout", () => asking.destroy(new Error("no answer in time")));
    asking.once("error", fail);
    asking.once("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((body) => done({ status, body, connection: headers.connection }), fail);
    });
    asking.end();
  });
}

/** Connections on which these bytes are sent, and which then stay open. */
async function hold(count: number, bytes: string): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, HOST).on("error", () => {}));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  for (const socket of sockets) socket.write(bytes);
  return sockets;
}

/** Expects an answer while others, who are waited for, have all places but the one that they make room for. */
async function expectRoomBeside(sockets: readonly Socket[], asking: () => Promise<Told>): Promise<void> {
  for (const socket of sockets) socket.resume();
  const open = (): number => sockets.filter(({ closed }) => !closed).length;
  await expect.poll(() => asking().then(({ status }) => status, String), PATIENCE).toBe(200);
  // All others have lost their connections; when the time of those is over, none is left.
  await expect.poll(open, { ...PATIENCE, interval: 20 }).toBe(PLACES - 1);
}

const expectMetrics = ({ status, body }: Told): void => {
  expect(status).toBe(200);
  expect(parseMetrics(body).get("florenetes_link_up")!.samples).toHaveLength(1);
};

interface Shown {
  readonly process: { readonly pid: number };
  readonly findings: readonly unknown[];
  readonly clusters: readonly { readonly links: readonly { readonly state: string; readonly attempts: number }[] }[];
}

const shown = async (): Promise<Shown> => (await lab.status("a")).linkFlor as unknown as Shown;
const pidOfLinkFlor = async (): Promise<number> => (await shown()).process.pid;
const findings = async (): Promise<readonly unknown[]> => (await shown()).findings;

/** The link's state, which has to be up, and a count that each new session raises. */
async function session(): Promise<{ readonly state: string; readonly attempts: number }> {
  const { state, attempts } = (await shown()).clusters[0]!.links[0]!;
  expect(state).toBe("up");
  return { state, attempts };
}

describe("a TCP port", () => {
  test("tells metrics, once over each connection", async () => {
    const agent = new Agent({ keepAlive: true });
    const told = await ask({ agent });
    expectMetrics(told);
    expect(told.connection).toBe("close");
    expectMetrics(await ask({ agent, path: "/metrics?collect=all" }));
    agent.destroy();
  });

  test.each([
    ["GET", "/status", 404],
    ["GET", "/", 404],
    ["GET", "/config", 404],
    ["GET", "//metrics", 404],
    ["GET", "/metrics/../status", 404],
    ["POST", "/reload", 404],
    ["POST", "/config", 404],
    ["POST", "/metrics", 405],
    ["HEAD", "/metrics", 405],
    ["DELETE", "/metrics", 405],
    ["OPTIONS", "/metrics", 405],
  ])("answers %s %s with %d", async (method, path, status) => {
    expect((await ask({ method, path })).status).toBe(status);
  });

  test.each([
    ["a header of 16 KiB", `GET /metrics HTTP/1.1\r\nhost: x\r\nlong: ${"x".repeat(16_384)}\r\n\r\n`, "431"],
    ["headers of 16 KiB", `GET /metrics HTTP/1.1\r\nhost: x\r\n${"a: b\r\n".repeat(2_731)}\r\n`, "431"],
    ["a path of 16 KiB", `GET /${"x".repeat(16_384)} HTTP/1.1\r\nhost: x\r\n\r\n`, "431"],
    ["no HTTP", "\u0016\u0003\u0001 hello\r\n\r\n", "400"],
    ["a tunnel", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n", ""],
  ])("refuses %s, and closes", async (_, bytes, status) => {
    const [socket] = await hold(1, bytes);
    expect(/^HTTP\/1.1 (\d+)/.exec(await text(socket!))?.[1] ?? "").toBe(status);
    expectMetrics(await ask({}));
  });

  test.each([
    ["say nothing", "", true],
    ["stop in the middle of their headers", "GET /metrics HTTP/1.1\r\nhost: x\r\nslow: ", true],
    ["do not read their answers", "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n", false],
    ["send a body without end", "POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999\r\n\r\nx", false],
  ])(`answers beside ${CROWD} clients that %s`, async (_, bytes, areWaitedFor) => {
    const [pid, link] = [await pidOfLinkFlor(), await session()];
    const sockets = await hold(CROWD, bytes);
    if (areWaitedFor) await expectRoomBeside(sockets, () => ask({}));
    else await expect.poll(() => ask({}).then(({ status }) => status, String), PATIENCE).toBe(200);
    for (const socket of sockets) socket.resume();
    await expect.poll(() => sockets.filter(({ closed }) => !closed), PATIENCE).toEqual([]);
    expect(await pidOfLinkFlor()).toBe(pid);
    expect(await session()).toEqual(link);
  });
});

describe("a reload", () => {
  test("moves the port, and closes it, and links stay", async () => {
    const [formerPort, link] = [port, await session()];
    port = await freePort();
    const moved = { kind: "setting", name: "metrics", change: "changed" };
    expect(await take(plain(port))).toMatchObject({ ok: true, changes: [moved] });
    expectMetrics(await ask({}));
    await expect(ask({ port: formerPort })).rejects.toThrow("ECONNREFUSED");
    expect(await take(undefined)).toMatchObject({ ok: true, changes: [{ ...moved, change: "removed" }] });
    await expect(ask({})).rejects.toThrow("ECONNREFUSED");
    expect(await take(plain(port))).toMatchObject({ ok: true });
    expect(await session()).toEqual(link);
  });

  test("refuses an address that others can reach, without TLS", async () => {
    const refused = [expect.objectContaining({ code: "ERR_CONFIG_METRICS_PLAIN", key: "metrics.listen" })];
    expect(await take({ listen: `tcp://0.0.0.0:${port}` })).toMatchObject({ ok: false, refused });
    expectMetrics(await ask({}));
    expect(await take(plain(port))).toMatchObject({ ok: true });
  });

  test("tells of an address that is taken, and has it once it is free", async () => {
    const other = createServer().listen(0, HOST);
    await once(other, "listening");
    const { port: taken } = other.address() as { port: number };
    const down = [expect.objectContaining({ what: "metrics", code: "ERR_METRICS_LISTEN" })];
    expect(await take(plain(taken))).toMatchObject({ ok: false, down });
    expect(await findings()).toEqual([
      expect.objectContaining({ about: "part", text: expect.stringContaining("ERR_METRICS_LISTEN") }),
    ]);
    other.close();
    await expect.poll(() => ask({ port: taken }).then(({ status }) => status, String), PATIENCE).toBe(200);
    expect(await findings()).toEqual([]);
    expect(await take(plain(port))).toMatchObject({ ok: true });
  });
});

describe.skipIf(!areInstalled("metrics over TLS", "openssl", "prometheus"))("over TLS", () => {
  let certificates: TlsCertificates;
  const tls = (more: object = {}): MetricsSection => ({
    listen: `tcp://${HOST}:${port}`,
    tls: { certificate: certificates.file("node.pem"), key: certificates.file("node-key.pem"), ...more },
  });
  const pem = (name: string): string => readFileSync(certificates.file(`${name}.pem`), "utf8");
  const ca = (): TlsRequestOptions => ({ ca: pem("ca") });

  beforeAll(async () => {
    certificates = new TlsCertificates(lab.folder);
    certificates.makeCa("ca");
    certificates.makeCa("other-ca");
    certificates.issue("node", "ca");
    certificates.issue("reader", "ca");
    certificates.issue("stranger", "other-ca");
    expect(await take(tls())).toMatchObject({ ok: true });
  });

  test("Prometheus scrapes by its CA, and by no other", async () => {
    const job = (name: string) => ({
      ports: [port],
      settings: { scheme: "https", tls_config: { ca_file: certificates.file(`${name}.pem`) } },
    });
    await using prometheus = await Prometheus.start({ good: job("ca"), wrong: job("other-ca") });
    const up = async (): Promise<Record<string, string>> => {
      const found = await prometheus.query("up");
      return Object.fromEntries(found.map(({ metric, value }) => [metric["job"]!, value[1]]));
    };
    await expect.poll(up, PATIENCE).toEqual({ good: "1", wrong: "0" });
    expect((await prometheus.mistakes()).toSorted()).toEqual(["", expect.stringContaining("unknown authority")]);
  });

  test("whoever speaks plain HTTP gets nothing, and neither do those beside whom it answers", async () => {
    await expect(ask({})).rejects.toThrow();
    const sockets = await hold(CROWD, "");
    await expectRoomBeside(sockets, () => ask(ca(), true));
    await expect.poll(() => sockets.filter(({ closed }) => !closed), PATIENCE).toEqual([]);
  });

  test("a reload brings the next certificate; one that is not in order is refused, and the former one stays", async () => {
    const serial = async (): Promise<string> => {
      const asking = requestHttps({ host: HOST, port, path: "/metrics", agent: false, ...ca() }).end();
      const [socket] = (await once(asking, "socket")) as [TLSSocket];
      await once(socket, "secureConnect");
      const { serialNumber } = socket.getPeerCertificate();
      asking.on("error", () => {}).destroy();
      return serialNumber;
    };
    const first = await serial();
    certificates.issue("node", "ca");
    expect(await take(tls())).toMatchObject({ ok: true, changes: [] });
    const second = await serial();
    expect(second).not.toBe(first);
    copyFileSync(certificates.file("reader-key.pem"), certificates.file("node-key.pem"));
    expect(await take(tls())).toMatchObject({ ok: false, refused: [{ code: "ERR_METRICS_TLS" }] });
    expect(await serial()).toBe(second);
    certificates.issue("node", "ca");
    chmodSync(certificates.file("node-key.pem"), 0o644);
    expect(await take(tls())).toMatchObject({ ok: false, refused: [{ code: "ERR_METRICS_KEY_EXPOSED" }] });
    chmodSync(certificates.file("node-key.pem"), 0o640);
    expect(await take(tls())).toMatchObject({ ok: true });
  });

  test("with a CA for clients only those are answered who have a certificate of it", async () => {
    expect(await take(tls({ "client-ca": certificates.file("ca.pem") }))).toMatchObject({ ok: true });
    const as = (name: string): TlsRequestOptions => ({ ...ca(), cert: pem(name), key: pem(`${name}-key`) });
    expectMetrics(await ask(as("reader"), true));
    await expect(ask(ca(), true)).rejects.toThrow();
    await expect(ask(as("stranger"), true)).rejects.toThrow();
    expectMetrics(await ask(as("reader"), true));
  });
});
