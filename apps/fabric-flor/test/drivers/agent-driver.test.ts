import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { afterAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { AgentDriver } from "../../src/drivers/agent-driver.ts";
import { machinePower } from "../../src/drivers/machine-battery.ts";
import { machineNetwork } from "../../src/drivers/machine-network.ts";
import { KeptFiles } from "../../src/drivers/kept-files.ts";
import { upLink, viewOf } from "../agent/views.ts";
import { DAY, DemoCluster, newKey } from "../demo-records.ts";
import { FakeDoor } from "./fake-door.ts";
import { FakeVertex } from "./fake-vertex.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };
const root = mkdtempSync(join(tmpdir(), "florenetes-agents-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let cluster: DemoCluster;
let lives = 0;
beforeEach(() => {
  folder = mkdtempSync(join(root, "t"));
  cluster = new DemoCluster(Date.now() - DAY);
});

/** An agent in this process, with files of its own. */
class TestedAgent {
  readonly name: string;
  readonly key: ReturnType<typeof newKey>;
  readonly codes: string[] = [];
  driver!: AgentDriver;
  files!: KeptFiles;

  constructor(name: string) {
    this.name = name;
    this.key = newKey(name);
    mkdirSync(join(folder, name));
    onTestFinished(() => this.stop());
  }

  path(name: string): string {
    return join(folder, `${this.name}-${name}`);
  }

  async start(): Promise<this> {
    const note = ({ code }: { readonly code: string }): void => void this.codes.push(code);
    const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
    this.files = new KeptFiles(join(folder, this.name), { cluster: "demo", node: this.name });
    this.driver = new AgentDriver({
      cluster: "demo",
      node: this.name,
      fingerprint: cluster.fingerprint,
      development: false,
      key: this.key,
      life: { startedAt: Date.now() + lives, id: (++lives).toString(16).padStart(16, "0") },
      software: { version: "1.2.3" },
      ways: new Map(),
      files: this.files,
      door: this.path("door"),
      sessions: this.path("sessions"),
      time: nodeTime,
      log,
    });
    await this.driver.start(this.path("listen"));
    return this;
  }

  async stop(): Promise<void> {
    await this.driver[Symbol.asyncDispose]();
    this.files[Symbol.dispose]();
  }

  get size(): number {
    return this.driver.agent.book?.size ?? 0;
  }

  neighbour() {
    return [...this.driver.agent.feeds.neighbours][0];
  }
}

const doorOf = (agent: TestedAgent, peer: string): Promise<FakeDoor> =>
  new FakeDoor(agent.path("door"), viewOf({ vertex: agent.name, links: [upLink(peer)], auto: [] })).open();

/** Agents a and b, neighbours. */
async function twoAgents() {
  const [a, b] = [await new TestedAgent("a").start(), await new TestedAgent("b").start()];
  const doors = [await doorOf(a, "b"), await doorOf(b, "a")];
  const vertices = [
    await FakeVertex.open(a.path("sessions"), "service/fabric.a", { b: b.path("listen") }),
    await FakeVertex.open(b.path("sessions"), "service/fabric.b", { a: a.path("listen") }),
  ];
  onTestFinished(async () => {
    for (const door of doors) await door.close();
    for (const vertex of vertices) await vertex[Symbol.asyncDispose]();
  });
  return { a, b, vertices };
}

test("records go from one agent to the other over real sockets, and are there after a restart", async () => {
  const { a, b } = await twoAgents();
  a.driver.handleRecords([cluster.root]);
  await expect.poll(() => b.driver.agent.book !== undefined, PATIENCE).toBe(true);
  a.driver.handleRecords([cluster.node(a.key), cluster.node(b.key), cluster.service("web", ["b"])]);
  b.driver.handleRecords([cluster.node(b.key)]);
  await expect.poll(() => [a.size, b.size], PATIENCE).toEqual([5, 5]);
  const find = (agent: TestedAgent) => agent.driver.agent.book?.inForce("service", "cluster", "web", Date.now());
  expect(find(b)).toMatchObject({ epoch: 1 });
  await b.stop();
  await b.start();
  expect(find(b)).toMatchObject({ epoch: 1 });
  expect(b.files.isNew).toBe(false);
});

test("what the machine says of itself is known to its agent", async () => {
  const { driver } = await new TestedAgent("a").start();
  const { network, ...others } = driver.agent.device;
  expect(others).toEqual({ ...machinePower(), metered: false, foreground: true });
  expect(network).toBe(machineNetwork());
});

test("more records than a window holds arrive whole", async () => {
  const { a, b } = await twoAgents();
  b.driver.handleRecords([cluster.root, cluster.node(a.key), cluster.node(b.key)]);
  a.driver.handleRecords([cluster.root, cluster.node(a.key), cluster.node(b.key)]);
  a.driver.handleRecords(Array.from({ length: 300 }, (_, at) => cluster.service(`web-${at}`, ["b"])));
  const services = (agent: TestedAgent) => [...(agent.driver.agent.book?.all("service", Date.now()) ?? [])].length;
  await expect.poll(() => services(b), PATIENCE).toBe(300);
}, 30_000);

test("a vertex that is killed takes streams with it, and they come again", async () => {
  const { a, vertices } = await twoAgents();
  a.driver.handleRecords([cluster.root]);
  const isRead = (): boolean => a.neighbour()?.isGreeted === true && a.driver.agent.feeds.isServed("b");
  await expect.poll(isRead, PATIENCE).toBe(true);
  for (const vertex of vertices) vertex.breakAll();
  await expect.poll(isRead, PATIENCE).toBe(false);
  await expect.poll(isRead, PATIENCE).toBe(true);
});

test("a vertex that is not there, and one whose socket moves: the streams follow", async () => {
  const a = await new TestedAgent("a").start();
  await using _door = await doorOf(a, "b");
  await expect.poll(() => a.neighbour()?.fault, PATIENCE).toMatch(/ENOENT/);
  const b = await new TestedAgent("b").start();
  await using _doorOfB = await doorOf(b, "a");
  b.driver.handleRecords([cluster.root]);
  const moved = a.path("moved");
  await using vertex = await FakeVertex.open(moved, "service/fabric.a", { b: b.path("listen") });
  await a.driver.reconfigure(a.path("door"), moved, new Map());
  await expect.poll(() => a.driver.agent.book !== undefined, PATIENCE).toBe(true);
  expect(vertex.brought).toBeGreaterThan(0);
});

test("whoever speaks no session at the agent's socket is let go, and others are served", async () => {
  const { a, b } = await twoAgents();
  const strangers = Array.from({ length: 4 }, () => connect(a.path("listen")));
  const gone = strangers.map((socket) => new Promise((done) => socket.once("close", done)));
  for (const socket of strangers) {
    socket.on("error", () => undefined);
    socket.resume().write("GET / HTTP/1.1\r\n\r\n".repeat(10));
  }
  await Promise.all(gone);
  a.driver.handleRecords([cluster.root]);
  await expect.poll(() => b.driver.agent.book !== undefined, PATIENCE).toBe(true);
  expect(statSync(a.path("listen")).mode & 0o777).toBe(0o660);
});

test("what could not be written is written later, in its order, and no neighbour hears of it before", async () => {
  const { a, b } = await twoAgents();
  const write = a.files.writeAgain.bind(a.files);
  let fails = 0;
  a.files.writeAgain = () => {
    fails++;
    return false;
  };
  Object.defineProperty(a.files, "fault", {
    get: () => (fails > 0 ? { code: "ERR_X", text: "no space" } : undefined),
    configurable: true,
  });
  a.driver.handleRecords([cluster.root]);
  expect(a.codes).toContain("RECORDS_NOT_WRITTEN");
  await expect.poll(() => a.driver.agent.feeds.isServed("b"), PATIENCE).toBe(true);
  expect(b.driver.agent.book).toBeUndefined();
  a.files.writeAgain = write;
  Object.defineProperty(a.files, "fault", { get: () => undefined, configurable: true });
  await expect.poll(() => a.codes, PATIENCE).toContain("RECORDS_WRITTEN");
  await expect.poll(() => b.driver.agent.book !== undefined, PATIENCE).toBe(true);
  expect(readdirSync(join(folder, "a"))).toContain("records.db");
});
