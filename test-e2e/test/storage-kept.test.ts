/*
 *   b ─── c        s is the centre: it keeps a copy of the log, holds usage, and has a replica of the control API. A store-flor there keeps all three
 *   │╲   ╱│        at b, c and d. r is where they are read back once s is lost.
 *   │  s  │
 *   │╱   ╲│
 *   d ─── r
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Bodies, KINDS, signPayload, writePayload } from "@florenetes/facts";
import { makeSigningKey } from "@florenetes/facts/authoring";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Answer, florCommand, runToEnd } from "../src/executables.ts";
import { areInstalled } from "../src/installed.ts";
import { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";

const HOLDERS = ["b", "c", "d"] as const;
const NODES = ["s", "r", ...HOLDERS] as const;
const CLUSTER = "kept";
const HOUR_MS = 3_600_000;
/** The header of user/alice, as a cluster vertex writes it. */
const ALICE = Buffer.from("0d0a0d0a000d0a515549540a2100000de0000a757365722f616c696365", "hex");
/** Paths of a config start at the folder of its node. */
const WAYS = { tunnels: "tunnels", agent: "fabric-admin.sock" };
const HOLDER = { listen: "store.sock", storage: { state: "store-state", ...WAYS, budget: "1 GB" } };
const withAge = test.runIf(areInstalled("what the fabric keeps of itself", "age-keygen"));

let lab: Lab;
let fabric: FabricLab;
const processes = new Map<string, OwnProcess>();
const folderOf = (node: string): string => dirname(lab.configFile(node, "cluster-flor"));

beforeAll(async () => {
  lab = await openLab({
    cluster: CLUSTER,
    nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
    links: NODES.flatMap((node, at) => NODES.slice(at + 1).map((other) => ({ between: [node, other] }))),
    services: {},
    tunnels: [],
  });
  for (const node of NODES) mkdirSync(join(folderOf(node), WAYS.tunnels));
  const asOf = { s: "user/keeper", r: "user/reader" } as Readonly<Record<string, string>>;
  const allow = [...Object.values(asOf), ...HOLDERS.map((node) => `service/storage.${node}`)];
  fabric = FabricLab.prepare(lab, {
    services: Object.fromEntries(
      HOLDERS.map((node) => [
        `storage.${node}`,
        { allow, targets: { [node]: `unix:${join(folderOf(node), "store.sock")}` }, keys: { "proxy-protocol": "v2" } },
      ]),
    ),
    tunnels: NODES.flatMap((node) =>
      HOLDERS.filter((other) => other !== node).map((other) => ({
        node,
        listen: `unix:${join(folderOf(node), WAYS.tunnels, `${other}.sock`)}`,
        as: asOf[node] ?? `service/storage.${node}`,
        service: `storage.${other}`,
        class: "bulk" as const,
      })),
    ),
    stores: { s: "sqlite" },
  });
  for (const node of ["s", "b"]) writeUsage(node);
  for (const node of HOLDERS) await start(node, "store-flor", HOLDER);
  mkdirSync(join(folderOf("s"), "control-state"));
  await start("s", "control-flor", {
    agent: WAYS.agent,
    state: "control-state",
    listen: "api.sock",
    readers: [{ principals: ["user/alice"], organizations: "all" }],
  });
  await lab.up();
  await fabric.up();
  const hosts = HOLDERS.map((node) => fabric.signService(`storage.${node}`, [node]));
  await fabric.publish("s", hosts);
}, 240_000);
afterAll(async () => {
  await Promise.all([...processes.values()].map((each) => each.endBy("SIGKILL")));
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

async function start(
  node: string,
  name: "store-flor" | "control-flor",
  keys: Readonly<Record<string, unknown>>,
): Promise<void> {
  const file = join(folderOf(node), `${name}.yaml`);
  mkdirSync(join(folderOf(node), "store-state"), { recursive: true });
  writeFileSync(
    file,
    JSON.stringify({
      cluster: CLUSTER,
      admin: `${name}.sock`,
      control: `${name}-c.sock`,
      ...(name === "store-flor" && { node }),
      ...keys,
    }),
  );
  const started = new OwnProcess(lab, node, name, file);
  processes.set(`${name} ${node}`, started);
  await vi.waitFor(() => expect(started.hasLogged("READY"), started.stdout + started.stderr).toBe(true), PATIENCE);
}

/** Usage of yesterday, which an observer has signed, in the file of a node's agent: as if it had come there. */
function writeUsage(node: string): void {
  const hour = Math.floor(Date.now() / HOUR_MS) - 24;
  const key = makeSigningKey("node-o");
  const slot = { kind: "usage", scope: "org/acme", subject: `${hour}/o`, authority: "observer", issuer: "o" };
  const issued = (hour + 1) * HOUR_MS;
  const times = { epoch: 1, generation: 0, issued, expires: issued + KINDS.usage.life };
  const body = { partition: "default", receipts: 3, missing: 0, relays: [["r", 3, 2, 900, 900]], rest: [0, 0, 0] };
  const octets = signPayload(writePayload({ cluster: CLUSTER, ...slot, ...times, body }), [key]);
  using file = new DatabaseSync(join(folderOf(node), "fabric-state/usage.db"));
  file.exec("CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID");
  file.prepare("INSERT INTO kept VALUES (?, ?)").run("usage 1", octets.toString("base64"));
}

/** Asks the control API at s for something, as alice. */
function askApi(path: string): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect(join(folderOf("s"), "api.sock"));
    socket.once("error", fail).once("close", () => done());
    socket.on("data", () => undefined);
    socket.write(ALICE);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  });
}

interface KeptKind {
  readonly kind: string;
  readonly last: { readonly name: string } | null;
  readonly pieces: number;
}

interface ToldStore {
  readonly keep: { readonly kinds: readonly KeptKind[] };
  readonly storage: {
    readonly collections: readonly { readonly name: string; readonly held: { readonly isYoung: boolean } | null }[];
  } | null;
}

async function statusOf(node: string): Promise<ToldStore> {
  return (await requestAdmin(join(folderOf(node), "store-flor.sock"), "/status")) as ToldStore;
}

async function kept(): Promise<readonly KeptKind[]> {
  return (await statusOf("s")).keep.kinds;
}

function flor(...words: readonly string[]): Promise<Answer> {
  return runToEnd([...florCommand(), ...words], 60_000);
}

/** Gets all pieces of a kind at r, into a folder. @returns their names */
async function getKept(kind: string, key: string, collection = "fabric"): Promise<readonly string[]> {
  const out = join(lab.folder, "got", collection, kind);
  const ways = ["--tunnels", join(folderOf("r"), WAYS.tunnels), "--agent", fabric.adminOf("r")];
  const { code, stdout, stderr } = await flor(
    "store",
    "kept",
    `cluster/${collection}`,
    kind,
    "--out",
    out,
    "--identity",
    key,
    ...ways,
  );
  expect(code, stdout + stderr).toBe(0);
  return readdirSync(out).map((name) => join(out, name));
}

async function makeKey(name: string): Promise<{ readonly key: string; readonly recipient: string }> {
  const key = join(lab.folder, name);
  const { stderr } = await runToEnd(["age-keygen", "-o", key], 10_000);
  return { key, recipient: /age1\w+/.exec(stderr)![0] };
}

function bodyOf(writer: string, recipient: string): Bodies["collection"] {
  return {
    copies: 2,
    holders: HOLDERS.map((node) => ({ node, domain: `at-${node}` })),
    readers: ["user/reader"],
    writers: [writer],
    retention: 86_400,
    unretained: [],
    "recovery-epoch": 1,
    budget: 100_000_000,
    recipients: [recipient],
  };
}

const linesOf = (files: readonly string[]): readonly Record<string, unknown>[] =>
  files
    .flatMap((file) => readFileSync(file, "utf8").trim().split("\n"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

withAge(
  "a holder keeps usage beside its shards, and counts among the holders that it asks",
  { timeout: 480_000 },
  async () => {
    const { key, recipient } = await makeKey("beside.txt");
    await fabric.publish("s", [fabric.sign("collection", "beside", bodyOf("service/storage.b", recipient))]);
    const areOld = async (): Promise<unknown> =>
      Promise.all(
        HOLDERS.map(async (node) => (await statusOf(node)).storage!.collections.map(({ held }) => held?.isYoung)),
      );
    await vi.waitFor(async () => expect(await areOld()).toEqual(HOLDERS.map(() => [false])), {
      timeout: 180_000,
      interval: 500,
    });
    // With one of the others gone, b is of the majority that it takes.
    await processes.get("store-flor d")!.endBy("SIGKILL");
    await processes.get("store-flor b")!.endBy("SIGTERM");
    await start("b", "store-flor", {
      ...HOLDER,
      keep: { collection: "cluster/beside", what: ["usage"], state: "store-state", ...WAYS },
    });
    await vi.waitFor(async () => expect((await statusOf("b")).keep.kinds[0]!.pieces).toBe(1), {
      timeout: 150_000,
      interval: 500,
    });
    expect((await statusOf("b")).storage!.collections.map(({ name }) => name)).toContain("cluster/beside");
    expect(linesOf(await getKept("usage", key, "beside"))).toMatchObject([{ organization: "acme", observer: "o" }]);
    await start("d", "store-flor", HOLDER);
  },
);

withAge(
  "the log, usage and the audit are in storage without a hand, and are read back when the centre is lost",
  { timeout: 300_000 },
  async () => {
    const { key, recipient } = await makeKey("key.txt");
    const body = bodyOf("user/keeper", recipient);
    await askApi("/v1/nodes");
    const keep = {
      collection: "cluster/fabric",
      what: ["log", "usage", "audit"],
      state: "keep-state",
      control: "control-flor.sock",
      ...WAYS,
    };
    await start("s", "store-flor", { keep });
    // The collection is signed later: what waits comes within a minute.
    await fabric.publish("s", [fabric.sign("collection", "fabric", body)]);
    await vi.waitFor(
      async () => expect((await kept()).map(({ last }) => last === null)).toEqual([false, false, false]),
      { timeout: 150_000, interval: 500 },
    );

    // A keeper that begins anew goes on behind what is kept.
    await processes.get("store-flor s")!.endBy("SIGKILL");
    await fabric.publish("s", [fabric.signService("late", ["b"])]);
    await askApi("/v1/pools");
    await start("s", "store-flor", { keep });
    await vi.waitFor(
      async () =>
        expect((await kept()).filter(({ pieces }) => pieces > 0).map(({ kind }) => kind)).toEqual(["log", "audit"]),
      { timeout: 150_000, interval: 500 },
    );

    // All of the centre is lost: programs, and what they had on disks.
    const root = join(lab.folder, "root.fact");
    writeFileSync(root, readFileSync(join(folderOf("s"), "root.fact")));
    await Promise.all(["store-flor s", "control-flor s"].map((name) => processes.get(name)!.endBy("SIGKILL")));
    await fabric.kill("s");
    for (const state of ["fabric-state", "control-state", "keep-state", "store-state"])
      rmSync(join(folderOf("s"), state), { recursive: true, force: true });
    expect(existsSync(join(folderOf("s"), "fabric-state/log-main.db"))).toBe(false);

    const log = await getKept("log", key);
    expect(log.length).toBeGreaterThanOrEqual(2);
    const verified = await flor("fabric", "log", "verify", "--root", root, "--copy", ...log, "--json");
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    const report = JSON.parse(verified.stdout) as {
      readonly head: { readonly index: number };
      readonly entries: number;
      readonly findings: readonly unknown[];
    };
    expect(report.findings).toEqual([]);
    expect(report.entries).toBeGreaterThanOrEqual(HOLDERS.length + 2);
    expect(log.map((file) => readFileSync(file, "utf8")).join("")).toContain("entry ");

    // Another node has the log from then on: it is brought back there, and goes on.
    await fabric.kill("r");
    const file = join(folderOf("r"), "fabric-state/log-main.db");
    const restored = await flor("fabric", "log", "restore", "--root", root, "--copy", ...log, "--sqlite", file);
    expect(restored, restored.stderr).toMatchObject({ code: 0 });
    writeFileSync(fabric.configFile("r"), `${readFileSync(fabric.configFile("r"), "utf8")}store: sqlite\n`);
    fabric.start("r");
    await fabric.untilReady("r");
    await fabric.publish("r", [fabric.signService("later", ["c"])]);
    const gone = async (): Promise<unknown> =>
      JSON.parse((await flor("fabric", "log", "verify", "--root", root, "--sqlite", file, "--json")).stdout);
    await expect
      .poll(gone, PATIENCE)
      .toMatchObject({ findings: [], head: { index: expect.toSatisfy((index: number) => index > report.head.index) } });
    expect(await flor("fabric", "log", "verify", "--agent", fabric.adminOf("r"))).toMatchObject({ code: 0 });
    const entryOf = (copied: string): string | undefined =>
      copied.split("\n").find((line) => line.startsWith("entry "));
    const copied = await flor("fabric", "log", "copy", "--root", root, "--sqlite", file);
    expect(entryOf(copied.stdout)).toBe(entryOf(log.map((each) => readFileSync(each, "utf8")).join("")));

    expect(linesOf(await getKept("usage", key))).toMatchObject([
      { organization: "acme", observer: "o", relays: [{ relay: "r", bytes: 900 }] },
    ]);
    const audit = linesOf(await getKept("audit", key));
    expect(audit.map(({ path }) => path)).toEqual(["/v1/nodes", "/v1/pools"]);
    expect(audit).toMatchObject([{ number: 1, principal: "user/alice", replica: "s" }, { number: 2 }]);
  },
);
