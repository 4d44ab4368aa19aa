/*
 *   a ───── b        /metrics of all four processes, and an identity of a that ends while it is in use
 *   alice   web        over a path of one size: while a size is looked for, a connection may get a successor beside it
 */
import { once } from "node:events";
import { readFileSync, renameSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { IDENTITY_FILES } from "@florenetes/identity";
import { type CertificateAuthority, openCa } from "@florenetes/identity/authority";
import { type Lab, openLab, type ProcessName } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linkCounts } from "../src/counted.ts";
import { documentedMetrics, type MetricFamily, parseMetrics, readMetrics } from "../src/metrics-text.ts";
import { PATIENCE } from "../src/patience.ts";
import { certificatesInUse, countLogged, hangUp } from "../src/renewal.ts";

const DAY_MS = 86_400_000;
const page = readFileSync(new URL("../../docs/operate/metrics.md", import.meta.url), "utf8");

let lab: Lab;
let echo: Server;
let ca: CertificateAuthority;
/** A workload's connection from a to b, open all the time. */
let workload: Socket;

beforeAll(async () => {
  echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  lab = await openLab({
    cluster: "told",
    nodes: { a: {}, b: {} },
    links: [{ between: ["a", "b"] }],
    services: {
      web: { node: "b", target: `tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`, allow: ["user/alice"] },
    },
    tunnels: [
      {
        node: "a",
        listen: "tcp://127.0.0.1:0",
        as: "user/alice",
        service: "web",
        path: { hops: ["a", "b"], mtu: 1_280 },
      },
    ],
  });
  ca = openCa(lab.caFolder);
  await lab.up();
  const listen = lab.tunnels[0]!.listen;
  workload = connect(Number(listen.split(":").at(-1)), "127.0.0.1");
  await say("hello");
});

afterAll(async () => {
  workload?.destroy();
  await lab?.down();
  echo?.close();
});

async function say(word: string): Promise<void> {
  const answered = once(workload, "data", { signal: AbortSignal.timeout(20_000) });
  workload.write(word);
  const [answer] = (await answered) as [Buffer];
  expect(answer.toString()).toBe(word);
}

/** The value of the only sample that has these labels, and maybe others. */
function valueOf(metrics: ReadonlyMap<string, MetricFamily>, name: string, labels: Record<string, string>): number {
  const samples = metrics.get(`florenetes_${name}`)!.samples;
  const found = samples.filter((sample) =>
    Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  expect(found, `${name} ${JSON.stringify(labels)}`).toHaveLength(1);
  return found[0]!.value;
}

describe("/metrics", () => {
  test.each(["link-flor", "cluster-flor"] as const)("of %s is as docs/operate/metrics.md says", async (process) => {
    const documented = documentedMetrics(page, process);
    expect(documented.size).toBeGreaterThan(20);
    for (const node of ["a", "b"]) {
      const metrics = await readMetrics(lab, node, process);
      expect([...metrics.keys()].toSorted()).toEqual([...documented.keys()].toSorted());
      for (const [name, { type, samples }] of metrics) {
        expect(type, name).toBe(documented.get(name)!.type);
        for (const { labels } of samples) expect(Object.keys(labels), name).toEqual(documented.get(name)!.labels);
      }
    }
  });

  test("tells what status tells", async () => {
    // A connection whose path size is found late gets a successor.
    for (const node of ["a", "b"]) {
      const connections = async (): Promise<unknown> => (await lab.status(node)).clusterFlor!.connections;
      await expect.poll(connections, PATIENCE).toHaveLength(1);
    }
    const [linkOfA, a, b] = await Promise.all([
      readMetrics(lab, "a", "link-flor"),
      readMetrics(lab, "a", "cluster-flor"),
      readMetrics(lab, "b", "cluster-flor"),
    ]);
    expect(valueOf(linkOfA, "link_up", { cluster: "told", peer: "b", tag: "0" })).toBe(1);
    expect(valueOf(linkOfA, "links", { state: "up" })).toBe(1);
    // On a busy machine the session of an attempt that was given up may have come up after all.
    const { up } = (await linkCounts(lab, "a")).handshakes;
    expect(up).toBeGreaterThan(0);
    expect(valueOf(linkOfA, "link_handshakes_total", { outcome: "up" })).toBe(up);
    expect(valueOf(linkOfA, "link_sent_packets_total", { peer: "b" })).toBeGreaterThan(0);
    expect(valueOf(linkOfA, "process_start_time_seconds", { process: "link-flor" })).toBeCloseTo(
      Date.now() / 1_000,
      -3,
    );
    expect(valueOf(a, "portal_attached", {})).toBe(1);
    expect(valueOf(a, "path_usable", {})).toBe(1);
    expect(valueOf(a, "streams_open", { end: "tunnel" })).toBe(1);
    expect(valueOf(a, "connections", { direction: "originated", state: "established" })).toBe(1);
    expect(valueOf(b, "streams_open", { end: "service", name: "web" })).toBe(1);
    expect(valueOf(b, "connection_handshakes_total", { service: "web", outcome: "established" })).toBeGreaterThan(0);
    const alice = (await certificatesInUse(lab)).find(({ principal }) => principal === "user/alice")!;
    const leaf = { principal: "user/alice", role: "leaf" };
    expect(valueOf(a, "certificate_not_after_timestamp_seconds", leaf)).toBe(Date.parse(alice.notAfter) / 1_000);
    expect(valueOf(a, "certificate_warned", leaf)).toBe(0);
  });

  test("status tells when the certificates of those end that this node is connected with", async () => {
    const ends = new Map((await certificatesInUse(lab)).map(({ principal, notAfter }) => [principal, notAfter]));
    const peers = async (node: string): Promise<unknown> => {
      const { clusterFlor, linkFlor } = await lab.status(node);
      const rows = [...linkFlor!.clusters[0]!.links, ...clusterFlor!.connections];
      return rows.map((row) => (row as unknown as { peerValidUntil: string }).peerValidUntil);
    };
    expect(await peers("a")).toEqual([ends.get("vertex/b"), ends.get("service/web")]);
    expect(await peers("b")).toEqual([ends.get("vertex/a"), ends.get("user/alice")]);
  });

  test.each([
    ["a sample before its type", "x 1\n"],
    ["a second sample of the same labels", '# HELP x x\n# TYPE x gauge\nx{a="1"} 1\nx{a="1"} 2\n'],
    ["a quote that is not escaped", '# HELP x x\n# TYPE x gauge\nx{a="""} 1\n'],
    ["a value that is no number", "# HELP x x\n# TYPE x gauge\nx null\n"],
    ["a last line without an end", "# HELP x x\n# TYPE x gauge\nx 1"],
  ])("is read strictly here: %s is found", (_, broken) => {
    expect(() => parseMetrics(broken)).toThrow();
  });
});

describe("an identity that ends", () => {
  let replaced = 0;

  /** Gives a an identity whose certificate of a day ends in this many milliseconds, and has it taken. */
  async function renew(of: "user/alice" | "vertex", leftMs: number): Promise<void> {
    const folder = lab.identityFolder("a", of);
    const next = `${folder}.next-${++replaced}`;
    const who = of === "vertex" ? ({ kind: "vertex", name: "a" } as const) : ({ kind: "user", name: "alice" } as const);
    ca.issueInto(next, { ...who, days: 1 }, new Date(Date.now() - DAY_MS + leftMs));
    for (const file of Object.values(IDENTITY_FILES)) renameSync(`${next}/${file}`, `${folder}/${file}`);
    await hangUp(lab, [["a", of === "vertex" ? "link-flor" : "cluster-flor"]], "IDENTITY_RELOADED");
  }

  const logged = async (code: string, process: ProcessName = "cluster-flor"): Promise<number> =>
    countLogged(await lab.logs("a", process), code);

  async function stateOfAlice(): Promise<unknown> {
    const { clusterFlor } = await lab.status("a");
    const [identity] = clusterFlor!["certificates"] as { state: string; certificates: { state: string }[] }[];
    const metrics = await readMetrics(lab, "a", "cluster-flor");
    const warned = valueOf(metrics, "certificate_warned", { principal: "user/alice", role: "leaf" });
    return { state: identity!.state, certificates: identity!.certificates.map(({ state }) => state), warned };
  }

  test("is warned of, and told when it has ended; what is open goes on", async () => {
    expect(await logged("CERTIFICATE_EXPIRES_SOON")).toBe(0);
    expect(await stateOfAlice()).toEqual({ state: "valid", certificates: ["valid", "valid"], warned: 0 });
    await renew("user/alice", 6_000);
    await expect.poll(() => logged("CERTIFICATE_EXPIRES_SOON"), PATIENCE).toBe(1);
    await expect.poll(() => logged("CERTIFICATE_EXPIRED"), PATIENCE).toBe(1);
    expect(await stateOfAlice()).toEqual({ state: "expired", certificates: ["expired", "valid"], warned: 1 });
    const line = (await lab.logs("a", "cluster-flor"))
      .split("\n")
      .find((text) => text.includes("CERTIFICATE_EXPIRED"))!;
    expect(JSON.parse(line)).toMatchObject({
      level: "error",
      principal: "user/alice",
      role: "leaf",
      file: `${lab.identityFolder("a", "user/alice")}/chain.pem`,
      remaining: "0 minutes",
    });
    await say("still here");
  });

  test("is warned of no more when another is in use", async () => {
    await renew("user/alice", DAY_MS);
    await expect.poll(() => logged("CERTIFICATE_WARNING_OVER"), PATIENCE).toBe(1);
    expect(await stateOfAlice()).toEqual({ state: "valid", certificates: ["valid", "valid"], warned: 0 });
    await say("and again");
    expect(await logged("CERTIFICATE_EXPIRED")).toBe(1);
    // A certificate of some hours does not end during the test.
    await renew("user/alice", DAY_MS / 4);
    await expect.poll(() => logged("CERTIFICATE_EXPIRES_SOON"), PATIENCE).toBe(2);
    expect(await stateOfAlice()).toEqual({ state: "expires-soon", certificates: ["expires-soon", "valid"], warned: 1 });
    await renew("user/alice", DAY_MS);
    await expect.poll(() => logged("CERTIFICATE_WARNING_OVER"), PATIENCE).toBe(2);
  });

  test("is warned of by link-flor, too, and the root beside it is not", async () => {
    await renew("vertex", DAY_MS / 4);
    await expect.poll(() => logged("CERTIFICATE_EXPIRES_SOON", "link-flor"), PATIENCE).toBe(1);
    const metrics = await readMetrics(lab, "a", "link-flor");
    expect(valueOf(metrics, "certificate_warned", { principal: "vertex/a", role: "leaf" })).toBe(1);
    expect(valueOf(metrics, "certificate_warned", { principal: "vertex/a", role: "root" })).toBe(0);
    await renew("vertex", DAY_MS);
    await expect.poll(() => logged("CERTIFICATE_WARNING_OVER", "link-flor"), PATIENCE).toBe(1);
    await say("all the time");
  });
});
