/*
 *                e (not running)
 *                │
 *   a ───── b ───┴─ c ───── d (not running)
 *
 *   Tunnels of a whose workloads cannot be served, each for another reason, beside one that is served all the time. c lets
 *   nobody through from b to d: its half of that transit is missing.
 */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, type Server, connect, createServer } from "node:net";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { grown, linkCounts } from "../src/counted.ts";
import { freePort } from "../src/free-port.ts";
import { expectLog } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";

/** How long a workload waits where nothing is said (docs/operate/configuration.md, `connect-wait`). */
const CONNECT_WAIT_MS = 5_000;
/** A time far beyond that wait, and half of what an end of the transport waits for a silent one. */
const NO_ANSWER_MS_MAX = 6 * CONNECT_WAIT_MS;
/** A time for a refusal over a warm connection, which takes a round trip: less than that wait. */
const REFUSED_MS_MAX = CONNECT_WAIT_MS - 500;

const DATAGRAMS = 300;
/** The invariant part of QUIC's long header: an Initial of version 1, and two connection IDs. */
const FIRST_PACKET = Buffer.from("c000000001081111111111111111082222222222222222", "hex");

/** The end of a workload's connection, and the number of bytes before it. */
interface Ending {
  readonly end: "reset" | "clean end";
  readonly bytes: number;
  readonly ms: number;
}

let lab: Lab;
let echo: Server;
const ports: Record<string, number> = {};
const endings: Record<string, Promise<Ending>> = {};

/** Tunnels of the mesh file, and tunnels that only a wrong config can have: with an unknown label, or another service's. */
const TUNNELS = { web: "abc", down: "abc", private: "abc", far: "abcd", dead: "abe" } as const;

beforeAll(async () => {
  echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const target = `tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  const nothing = `tcp://127.0.0.1:${await freePort()}`;
  const service = (node: string, target: string, allow = "user/alice") => ({ node, target, allow: [allow] });
  lab = await openLab({
    cluster: "bad",
    nodes: { a: {}, b: {}, c: {}, d: {}, e: {} },
    links: ["ab", "bc", "cd", "be"].map(([a = "", b = ""]) => ({ between: [a, b] })),
    services: {
      web: service("c", target),
      down: service("c", nothing),
      private: service("c", target, "user/bob"),
      far: service("d", target),
      dead: service("e", target),
    },
    tunnels: Object.entries(TUNNELS).map(([service, path]) => ({
      node: "a",
      listen: "tcp://127.0.0.1:0",
      as: "user/alice",
      service,
      path: path.split(""),
    })),
  });
  for (const { service, listen } of lab.tunnels) ports[service] = Number(new URL(listen).port);
  for (const name of ["ghost", "label", "first"]) ports[name] = await freePort();
  edit("a", (text) => {
    const [, web, link, labels] = /(web\.\S+): \{ link: (\w+), labels: \[ (.+) \] \}/.exec(text)!;
    const [toC, end] = labels!.split(", ");
    const [, as] = /as: (\S+),/.exec(text)!;
    const tunnel = (name: string, service: string, path: string): string =>
      `  - { listen: "tcp://127.0.0.1:${ports[name]}", as: ${as}, service: ${service}, path: ${path} }\n`;
    return text
      .replace(
        "tunnels:\n",
        `  label: { link: ${link}, labels: [ ${toC}, 99999 ] }\n  first: { link: ${link}, labels: [ 99999, ${end} ] }\ntunnels:\n`,
      )
      .concat(tunnel("ghost", "ghost", web!), tunnel("label", "web", "label"), tunnel("first", "web", "first"));
  });
  edit("c", (text) => text.replace(/transit:\n( {2}- .*\n)+/, ""));
  for (const node of ["a", "b", "c"]) for (const name of ["link-flor", "cluster-flor"] as const) lab.start(node, name);
  await vi.waitFor(async () => expect(await echoes("hello")).toBe("hello"), PATIENCE);
  for (const name of Object.keys(ports)) if (name !== "web") endings[name] = endingOf(ports[name]!);
});

afterAll(async () => {
  await lab?.down();
  echo?.close();
});

describe("a workload that cannot be served is reset without a byte; status and log say why", () => {
  test.each([
    ["a target that is down", "down", "TARGET_DOWN", "STREAM_REFUSED"],
    ["a service that is not allowed", "private", "NOT_ALLOWED", "TRANSPORT_REFUSED"],
  ])("%s", async (_, name, reason, code) => {
    // The first connection may have waited for the path; the next one does not.
    expect(await endings[name]).toMatchObject({ end: "reset", bytes: 0 });
    const warm = await endingOf(ports[name]!);
    expect(warm).toMatchObject({ end: "reset", bytes: 0 });
    expect(warm.ms).toBeLessThan(REFUSED_MS_MAX);
    await expect.poll(() => refused("a", "tunnels", name), PATIENCE).toEqual({ [reason]: 2 });
    await expect
      .poll(() => refused("c", "services", name), PATIENCE)
      .toEqual(code === "STREAM_REFUSED" ? { [reason]: 2 } : {});
    await expect.poll(() => logged("a", "STREAM_REFUSED"), PATIENCE).toContainEqual(reason);
    await expect.poll(() => logged("c", code), PATIENCE).toContainEqual(reason);
  });

  test("a service that is unknown at the far end", async () => {
    expect(await endings["ghost"]).toMatchObject({ end: "reset", bytes: 0 });
    await expect.poll(() => refused("a", "tunnels", "ghost"), PATIENCE).toEqual({ UNKNOWN_SERVICE: 1 });
    await expect.poll(() => logged("a", "STREAM_REFUSED"), PATIENCE).toContain("UNKNOWN_SERVICE");
    await expectLog(lab, "a", "cluster-flor").toMatch(/expected the name \\"ghost\\", this is service\/web/);
    // The service that was reached instead learns nothing of the mistake.
    expect(await logged("c", "TRANSPORT_REFUSED")).not.toContain("UNKNOWN_SERVICE");
  });

  test.each([
    ["a label that nobody knows, where the path ends", "label", "c", "unknownLabel"],
    ["a label that nobody knows, on the way", "first", "b", "unknownLabel"],
    ["transit that is only half configured", "far", "c", "transitDenied"],
    ["a path whose second link is down", "dead", "b", "linkDown"],
  ])("%s", async (_, name, node, cause) => {
    const { ms, ...ending } = await endings[name]!;
    expect(ending).toEqual({ end: "reset", bytes: 0 });
    expect(ms).toBeGreaterThan(CONNECT_WAIT_MS - 1_000);
    expect(ms).toBeLessThan(NO_ANSWER_MS_MAX);
    await expect.poll(() => refused("a", "tunnels", name), PATIENCE).toEqual({ NO_ANSWER: 1 });
    await expect.poll(() => logged("a", "STREAM_REFUSED"), PATIENCE).toContain("NO_ANSWER");
    const drops = (await lab.status(node)).clusterFlor!["drops"] as Record<string, Record<string, number>>;
    expect(drops["forwarding"]![cause]).toBeGreaterThan(0);
  });
});

test("random and truncated bytes on UDP are counted by cause", async () => {
  const before = (await linkCounts(lab, "b")).udp;
  const [, host, port] = /udp:\/\/([\d.]+):(\d+)/.exec((await lab.status("b")).linkFlor!.clusters[0]!.listen)!;
  const socket = createSocket("udp4");
  for (let i = 0; i < DATAGRAMS; i++) {
    const junk = randomBytes(1 + ((i * 7) % 1400));
    // A third of the packets look like first packets that were cut off, a third like packets of a connection.
    if (i % 3 === 0) junk.set(FIRST_PACKET.subarray(0, junk.length));
    if (i % 3 === 1) junk[0] = 0x40 | (junk[0]! & 0x3f);
    socket.send(junk, Number(port), host);
  }
  const causes = async (): Promise<number> => {
    const udp = grown(before, (await linkCounts(lab, "b")).udp);
    const counted = Object.entries(udp).filter(([name]) => /^dropped|resets|retries|versionNegotiations/.test(name));
    return counted.reduce((sum, [, count]) => sum + count, 0);
  };
  await expect.poll(causes, PATIENCE).toBeGreaterThanOrEqual(DATAGRAMS);
  socket.close();
});

test("the workload beside all of this is served", async () => {
  expect(await echoes("still here")).toBe("still here");
  expect(await refused("a", "tunnels", "web")).toEqual({});
});

/** Connects, writes something, and waits for the end. */
async function endingOf(port: number): Promise<Ending> {
  const start = performance.now();
  const socket = connect(port, "127.0.0.1");
  let bytes = 0;
  socket.on("data", (data) => (bytes += data.length));
  socket.write("hello");
  const end = await new Promise<Ending["end"]>((done) => {
    socket.once("end", () => done("clean end"));
    socket.once("error", (error: NodeJS.ErrnoException) => done(error.code === "ECONNRESET" ? "reset" : "clean end"));
  });
  return { end, bytes, ms: performance.now() - start };
}

async function echoes(text: string): Promise<string> {
  const socket = connect(ports["web"]!, "127.0.0.1");
  socket.write(text);
  const answer = await new Promise<string>((done) => {
    socket.once("data", (data) => done(data.toString()));
    socket.once("error", (error) => done(error.message));
    socket.once("close", () => done("closed"));
  });
  socket.destroy();
  return answer;
}

/** The streams that status counts as refused for a tunnel (named by the port that a test knows it by) or a service. */
async function refused(node: string, kind: "tunnels" | "services", name: string): Promise<unknown> {
  const rows = (await lab.status(node)).clusterFlor![kind] as {
    name?: string;
    listen?: string;
    connections: { refused: unknown };
  }[];
  return rows.find((row) => row.name === name || row.listen === `tcp://127.0.0.1:${ports[name]}`)?.connections.refused;
}

/** The reasons of a node's log entries with a code. */
async function logged(node: string, code: string): Promise<unknown[]> {
  const lines = (await lab.logs(node, "cluster-flor")).trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return entries.filter((entry) => entry["code"] === code).map((entry) => entry["reason"]);
}

function edit(node: string, change: (text: string) => string): void {
  const file = lab.configFile(node, "cluster-flor");
  const text = readFileSync(file, "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
}
