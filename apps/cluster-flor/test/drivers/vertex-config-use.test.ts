import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateAuthority, createCa } from "@florenetes/identity/authority";
import {
  ConfigTransactions,
  type EventFields,
  type Logger,
  type ReloadOutcome,
  SerialQueue,
} from "@florenetes/process-kit";
import { nodeTime, type ProcessTime, type WakeUpTimer } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ClusterConfig } from "../../src/config/cluster-config.ts";
import { loadClusterConfig, parseClusterConfig } from "../../src/config/cluster-config-file.ts";
import { layOver } from "../../src/config/lay-over.ts";
import { ConfigNumbers, type RunningConfig } from "../../src/config/running-config.ts";
import { VertexConfigUse } from "../../src/drivers/vertex-config-use.ts";
import { OverlayState } from "../../src/overlay/overlay-state.ts";
import { openHoldings } from "../../src/drivers/vertex-holdings.ts";
import { withoutParts } from "../../src/config/identities.ts";

let folder = "";
let ca: CertificateAuthority;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "florenetes-transactions-"));
  ca = createCa(join(folder, "ca"), { cluster: "demo" });
  ca.issueInto(join(folder, "web"), { kind: "service", name: "web" });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const links = `
portals: { quic: { bind: run/a, connect: run/b } }
links:
  b: { portal: quic, role: acceptor, peer: b, label: 101 }
`;
const service = (name: string, label: number): string =>
  `  ${name}: { label: ${label}, identity: ${name}, target: "tcp://127.0.0.1:80", allow: [ user/alice ] }\n`;
const base = "cluster: demo\nvertex: a\nstate: state\nadmin: admin.sock\n";

/** A vertex that writes down which config it has. */
async function start(text: string, time: ProcessTime = nodeTime, overlay = new OverlayState()) {
  const file = join(folder, "cluster-flor.yaml");
  const write = (next: string): void => writeFileSync(file, next);
  write(text);
  const events: EventFields[] = [];
  const note = (fields: EventFields): void => void events.push(fields);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  const config = await loadClusterConfig(file);
  const numbers = new ConfigNumbers();
  const { config: laid, leftOut } = layOver(config, overlay.overlay, 0);
  const placed = numbers.place(laid);
  const { holdings, held, broken } = await openHoldings({ ...config, ...placed }, () => new Date(), log);
  holdings.watch({ handleCredentials() {}, handleRevocations() {} });
  let running: RunningConfig = withoutParts(placed, broken);
  const vertex = {
    reconfigure: async (next: RunningConfig) => {
      running = next;
    },
    down: () => [],
  };
  const turns = new SerialQueue();
  const levels: string[] = [];
  const onTaken = async ({ log: { level } }: ClusterConfig) => {
    levels.push(level);
    return [];
  };
  const use = new VertexConfigUse({
    config,
    overlay,
    leftOut,
    placed,
    numbers,
    vertex,
    holdings,
    held,
    broken,
    onTaken,
    turns,
    time,
    log,
  });
  const [load, parse] = [loadClusterConfig, parseClusterConfig];
  const transactions = new ConfigTransactions({ file, config, load, parse, use, turns, time, log });
  const ways = (): string[] => {
    return [...running.tunnels.values()].map(({ path }) => {
      const { name, link } = running.paths.get(path)!;
      return `${name} over ${link === undefined ? "no link" : running.links.get(link)!.name}`;
    });
  };
  const services = (): string[] => [...running.services].map(([number, { name }]) => `${number} ${name}`);
  return {
    use,
    transactions,
    turns,
    levels,
    holdings,
    write,
    services,
    ways,
    folders: () => [...holdings.credentials.keys()].map((path) => path.slice(folder.length + 1)),
    codes: () => events.map(({ code }) => code),
    [Symbol.dispose]() {
      transactions[Symbol.dispose]();
      use.close();
      holdings.close();
    },
  };
}

test("a config is taken whole, with what changed by its names; a dry run changes nothing", async () => {
  using vertex = await start(`${base}services:\n${service("web", 900)}${links}`);
  ca.issueInto(join(folder, "mail"), { kind: "service", name: "mail" });
  vertex.write(`${base}services:\n${service("mail", 902)}${service("web", 901)}transit-offload: false\n`);
  const changes = [
    { kind: "portal", name: "quic", change: "removed" },
    { kind: "link", name: "b", change: "removed" },
    { kind: "service", name: "mail", change: "added" },
    { kind: "service", name: "web", change: "changed" },
    { kind: "setting", name: "transit-offload", change: "changed" },
  ];
  expect(await vertex.transactions.reload(true)).toEqual({ ok: true, changes, down: [] });
  expect(vertex.services()).toEqual(["0 web"]);
  expect(await vertex.transactions.reload()).toEqual({ ok: true, changes, down: [] });
  expect([vertex.services(), vertex.folders()]).toEqual([
    // The dry run has used number 1.
    ["0 web", "2 mail"],
    ["web", "mail"],
  ]);
  expect(await vertex.transactions.reload()).toEqual({ ok: true, changes: [], down: [] });
  const without = await vertex.transactions.apply(
    JSON.stringify({ cluster: "demo", vertex: "a", state: "state", admin: "admin.sock" }),
  );
  expect(without.changes).toHaveLength(3);
  expect(vertex.levels).toEqual(["info", "info", "info"]);
  expect([vertex.services(), vertex.folders()]).toEqual([[], []]);
});

test.each([
  [
    "text that is wrong",
    `${base}links: 7\nservices:\n${service("web", 3)}`,
    ["ERR_CONFIG_TYPE", "ERR_CONFIG_LABEL_RANGE"],
  ],
  [
    "another vertex and state",
    base.replace("vertex: a", "vertex: b").replace("state: s", "state: t"),
    ["ERR_RESTART_NEEDED", "ERR_RESTART_NEEDED"],
  ],
])("%s is refused whole, with all that is wrong", async (_name, text, codes) => {
  using vertex = await start(`${base}services:\n${service("web", 900)}`);
  vertex.write(text);
  const { ok, changes, refused } = await vertex.transactions.reload();
  expect([ok, changes, refused!.map(({ code }) => code).toSorted()]).toEqual([false, [], codes.toSorted()]);
  expect(vertex.services()).toEqual(["0 web"]);
});

test("a reload reads identities and lists again, also when the config is refused; a dry run, and a posted config, do not", async () => {
  using vertex = await start(`${base}services:\n${service("web", 900)}`);
  writeFileSync(join(folder, "web", "crl.pem"), "no list");
  const other = `${base.replace("state: s", "state: t")}services:\n${service("web", 900)}`;
  vertex.write(other);
  const codes = async (outcome: Promise<ReloadOutcome>) => (await outcome).refused!.map(({ code }) => code);
  const restart = ["ERR_RESTART_NEEDED"];
  expect(await codes(vertex.transactions.reload())).toEqual(["ERR_IDENTITY_PEM_BROKEN", ...restart]);
  expect(await codes(vertex.transactions.reload(true))).toEqual(restart);
  expect(await codes(vertex.transactions.apply(other))).toEqual(restart);
  expect(vertex.levels).toEqual([]);
});

test("the file takes away what the overlay uses: left out and told while workloads are refused, and led again once it is back", async () => {
  ca.issueInto(join(folder, "agent"), { kind: "service", name: "fabric.a" });
  ca.issueInto(join(folder, "alice"), { kind: "user", name: "alice" });
  const until = Date.now() + 3_600_000;
  const life = { startedAt: 1, id: "00000000000000a1" };
  const name = "auto.web.b";
  const paths = [{ name, link: "b", labels: [900], until }];
  const leads = [{ service: "web", path: name, until }];
  const overlay = new OverlayState({ generation: 1, life, overlay: { paths, leads, pins: new Map() } });
  const tunnel = `tunnels: [{ listen: "tcp://127.0.0.1:1", as: alice, service: web, path: auto }]\n`;
  const agent = `fabric: { door: d.sock, sessions: s.sock, identity: agent, agent: "session+unix:a.sock" }\n`;
  const whole = base + tunnel + agent + links;
  using vertex = await start(whole, nodeTime, overlay);
  expect([vertex.ways(), vertex.use.leftOut]).toEqual([["auto.web.b over b"], []]);
  const cases: [string, string, string][] = [
    ["without the link", base + tunnel + agent, "there is no link b"],
    [
      "with its name",
      `${whole}paths: { ${name}: { link: b, labels: [ 77 ] } }\n`,
      "the config file has a path of that name",
    ],
  ];
  for (const [which, text, why] of cases) {
    vertex.write(text);
    expect(await vertex.transactions.reload(), which).toMatchObject({ ok: true });
    expect(vertex.ways(), which).toEqual(["auto:web over no link"]);
    const lead = { what: "lead web", why: `the overlay has no path ${name} that could be used` };
    expect(vertex.use.leftOut, which).toEqual([{ what: `path ${name}`, why }, lead]);
    vertex.write(whole);
    expect(await vertex.transactions.reload(true), which).toMatchObject({ ok: true });
    expect(vertex.ways(), which).toEqual(["auto:web over no link"]);
    expect(await vertex.transactions.reload(), which).toMatchObject({ ok: true });
    expect([vertex.ways(), vertex.use.leftOut], which).toEqual([["auto.web.b over b"], []]);
  }
});

test("a part that is tried again waits for the transaction that is under way", async () => {
  let now = 0;
  const timers: (() => void)[] = [];
  const timer = (call: () => void): WakeUpTimer => {
    timers.push(call);
    return { set() {}, close() {} };
  };
  const time = { now: () => now, wallClock: () => new Date(), wakeUps: { soon: () => {}, timer } };
  using vertex = await start(`${base}services:\n${service("mail", 902)}${service("web", 900)}`, time);
  ca.issueInto(join(folder, "mail"), { kind: "service", name: "mail" });
  const during = vertex.turns.run(async () => {
    now = 2_000;
    for (const ring of timers) ring();
    for (let turn = 0; turn < 50; turn++) await new Promise((done) => setImmediate(done));
    return vertex.services();
  });
  expect(await during).toEqual(["1 web"]);
  await vertex.turns.run(() => Promise.resolve());
  expect(vertex.services()).toEqual(["0 mail", "1 web"]);
});

test("a part whose identity cannot be used is down, and there when it can, at the place that it had", async () => {
  using vertex = await start(`${base}services:\n${service("mail", 902)}${service("web", 900)}`);
  expect(vertex.services()).toEqual(["1 web"]);
  expect(vertex.use.down).toMatchObject([{ what: "service mail", code: "ERR_IDENTITY_FILE_MISSING" }]);
  expect(vertex.codes()).toContain("PART_DOWN");
  const more = `${base}services:\n${service("mail", 902)}${service("web", 900)}${service("dns", 903)}`;
  vertex.write(more);
  const { ok, changes, down } = await vertex.transactions.reload();
  expect([ok, changes.length, down.map(({ what }) => what)]).toEqual([false, 1, ["service mail", "service dns"]]);
  ca.issueInto(join(folder, "next"), { kind: "service", name: "mail" });
  renameSync(join(folder, "next"), join(folder, "mail"));
  await expect.poll(vertex.services, { timeout: 30_000 }).toEqual(["0 mail", "1 web"]);
  expect(vertex.codes().filter((code) => code === "PART_DOWN_NO_MORE")).toHaveLength(1);
});

test("a list of revoked certificates that is not in order puts down what its folder is for; at one that runs it refuses the config", async () => {
  writeFileSync(join(folder, "web", "crl.pem"), "no list");
  ca.issueInto(join(folder, "mail"), { kind: "service", name: "mail" });
  using vertex = await start(`${base}services:\n${service("mail", 902)}${service("web", 900)}`);
  expect(vertex.services()).toEqual(["0 mail"]);
  expect(vertex.use.down).toMatchObject([{ what: "service web" }]);
  rmSync(join(folder, "web", "crl.pem"));
  await expect.poll(vertex.services, { timeout: 30_000 }).toEqual(["0 mail", "1 web"]);
  writeFileSync(join(folder, "web", "crl.pem"), "no list");
  vertex.write(`${base}services:\n${service("web", 900)}`);
  const { ok, refused } = await vertex.transactions.reload();
  expect([ok, refused!.length > 0, vertex.services()]).toEqual([false, true, ["0 mail", "1 web"]]);
});

test("a folder of roots that is not in order is a part that is down; its lists are those of all when it is", async () => {
  const trust = join(folder, "trust");
  using vertex = await start(`${base}trust: trust\nservices:\n${service("web", 900)}`);
  expect(vertex.use.down).toMatchObject([{ what: "trust", code: "ERR_IDENTITY_FILE_MISSING" }]);
  expect(vertex.services()).toEqual(["0 web"]);
  mkdirSync(trust);
  writeFileSync(join(trust, "crl.pem"), "no list");
  cpSync(join(folder, "web", "trust.pem"), join(trust, "trust.pem"));
  expect((await vertex.transactions.reload()).ok).toBe(false);
  await expect.poll(() => vertex.use.down, { timeout: 30_000 }).toMatchObject([{ code: "ERR_IDENTITY_PEM_BROKEN" }]);
  rmSync(join(trust, "crl.pem"));
  await expect.poll(() => vertex.use.down, { timeout: 30_000 }).toEqual([]);
  expect(vertex.holdings.status().trust).toMatchObject({ folder: trust, roots: 1 });
  vertex.write(`${base}services:\n${service("web", 900)}`);
  const { ok, changes } = await vertex.transactions.reload();
  expect([ok, changes]).toEqual([true, [{ kind: "setting", name: "trust", change: "changed" }]]);
  expect(vertex.holdings.status().trust).toBeNull();
});
