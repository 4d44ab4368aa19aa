import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@florenetes/process-kit";
import { nodeTime, type ProcessTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AgentReader } from "../../src/drivers/agent-reader.ts";
import { AGENT_OCTETS_MAX, AGENT_PAGES_MAX, PAUSE_PER_LOOK } from "../../src/drivers/limits.ts";
import type { FabricView } from "../../src/fabric/fabric-view.ts";
import { NO_USAGE } from "../../src/fabric/usage-book.ts";
import { TOLD_KINDS } from "../../src/fabric/told-records.ts";
import { announceRecord, leaseOf, nodeRecord, reportOf } from "../a-fabric.ts";
import { type Answers, FakeAgent, refuse, tell } from "./fake-agent.ts";

const PATIENCE = { timeout: 30_000 };

let folder: string;
let path: string;
const disposables: (Disposable | AsyncDisposable)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "agent-reader-"));
  path = join(folder, "agent.sock");
});
afterEach(async () => {
  await using stack = new AsyncDisposableStack();
  for (const each of disposables.splice(0)) stack.use(each);
  rmSync(folder, { recursive: true });
});

/** All that an agent of one node tells. */
const TOLD: Readonly<Record<string, unknown>> = {
  "/digests": { cluster: "demo", node: "c", kinds: { node: { count: 1, hash: "1" } } },
  "/facts?kind=node": { facts: [nodeRecord("a")], next: null },
  "/status": { version: "0.1.0", findings: [], log: null, root: null, routes: { switches: {} }, more: "unread" },
  "/routes": { routes: [leaseOf("a", "web", "b")], next: null },
  "/reports": { reports: [reportOf("a")], next: null },
  "/budgets": { budgets: [], next: null },
  "/releases": { node: "c", own: null, coordinator: null },
  "/orders": { node: "c", orders: [], left: 0, next: null },
  "/holders": { node: "c", holders: [] },
  "/fleet": { fleet: [], next: null },
};

/** Budgets as an agent counts them. */
function countedOf(organization: string, used: number | null): unknown {
  const limit = { of: "leases", most: 7, used, part: null };
  return { organization, record: `${organization}-id`, expires: "later", limits: [limit] };
}

interface Reading {
  readonly agent: FakeAgent;
  readonly reader: AgentReader;
  readonly views: readonly FabricView[];
  /** How many views there were when the agent was told as silent. */
  readonly silences: readonly number[];
  readonly logged: readonly string[];
}

/** Lets a reader look once at an agent with these answers. */
async function read(answers: Answers, time: ProcessTime = nodeTime): Promise<Reading> {
  const agent = await FakeAgent.open(path, answers);
  disposables.push(agent);
  const views: FabricView[] = [];
  const logged: string[] = [];
  const note = ({ code }: { readonly code: string }): void => void logged.push(code);
  const log = { info: note, warn: note } as unknown as Logger;
  const silences: number[] = [];
  const handleView = (view: FabricView): void => void views.push(view);
  const handleSilence = (): void => void silences.push(views.length);
  const reader = new AgentReader({
    cluster: "demo",
    path,
    time,
    log,
    usage: () => NO_USAGE,
    handleView,
    handleSilence,
  });
  disposables.push(reader);
  await reader.start();
  return { agent, reader, views, silences, logged };
}

test("a view has what the agent tells, its pages followed to the end", async () => {
  const { reader, views, agent } = await read(
    tell({
      ...TOLD,
      "/facts?kind=node": { facts: [nodeRecord("a")], next: "a/b c&d" },
      "/facts?kind=node&after=a%2Fb%20c%26d": { facts: [nodeRecord("b")], next: "b" },
      "/facts?kind=node&after=b": { facts: [], next: null },
      "/routes": { routes: [leaseOf("a", "web", "b")], next: "1" },
      "/routes?after=1": { routes: [leaseOf("b", "web", "b")], next: null },
      "/reports": { reports: [], next: "1" },
      "/reports?after=1": { reports: [reportOf("a")], next: null },
    }),
  );
  expect(reader).toMatchObject({ looks: 1, fault: undefined });
  expect(views).toHaveLength(1);
  const [view] = views as [FabricView];
  expect(view).toMatchObject({ cluster: "demo", node: "c", status: { version: "0.1.0" } });
  expect(view.records("node").map(({ subject }) => subject)).toEqual(["a", "b"]);
  expect(view.leases.map(({ origin }) => origin)).toEqual(["a", "b"]);
  expect([...view.reports.keys()]).toEqual(["a"]);
  // Kinds of which the agent has nothing are not asked for.
  expect(agent.asked.filter((url) => url.startsWith("/facts")).every((url) => url.includes("kind=node"))).toBe(true);
});

test("an agent that was not upgraded yet tells no figures of routes and no profile, and is read all the same", async () => {
  const { routes: _, profile: __, ...report } = reportOf("a");
  const { views } = await read(tell({ ...TOLD, "/reports": { reports: [report], next: null } }));
  expect((views as [FabricView])[0].reports.get("a")).toMatchObject({ routes: [], profile: null, load: report.load });
});

test("budgets are read with what the agent counts, page by page", async () => {
  const { views } = await read(
    tell({
      ...TOLD,
      "/budgets": { budgets: [countedOf("acme", 3)], left: 1, next: "acme" },
      "/budgets?after=acme": { budgets: [countedOf("zenith", null)], left: 0, next: null },
    }),
  );
  const limits = [...views[0]!.budgets].map(([organization, budget]) => [organization, budget.limits]);
  expect(limits).toEqual([
    ["acme", [{ of: "leases", used: 3, part: null }]],
    ["zenith", [{ of: "leases", used: null, part: null }]],
  ]);
});

test("an agent that was not upgraded yet, and knows no fleet, is read all the same", async () => {
  const { views } = await read((url, response) => (url === "/fleet" ? refuse(response) : tell(TOLD)(url, response)));
  expect(views[0]!.fleet).toEqual([]);
});

test.each<readonly [string, Answers, number]>([
  ["tells one page of budgets alone", tell({ ...TOLD, "/budgets": { budgets: [countedOf("acme", 3)], left: 0 } }), 1],
  ["knows no budgets", (url, response) => (url === "/budgets" ? refuse(response) : tell(TOLD)(url, response)), 0],
])("an agent that was not upgraded yet, and %s, is read all the same", async (_, answers, budgets) => {
  const { reader, views } = await read(answers);
  expect(reader.fault).toBeUndefined();
  expect(views[0]!.budgets.size).toBe(budgets);
});

const PROGRESS = { channel: "stable", epoch: 3, inStage: 4, whole: 2, back: 1 };
const COORDINATED = { partition: "north", heard: 9, releases: [PROGRESS], versions: [], nodes: [], left: 0 };

test.each<readonly [string, Answers, number]>([
  ["coordinates a partition", tell({ ...TOLD, "/releases": { coordinator: COORDINATED } }), 1],
  ["coordinates nothing", tell(TOLD), 0],
  ["knows no challenges", (url, response) => (url === "/holders" ? refuse(response) : tell(TOLD)(url, response)), 0],
  ["knows no orders", (url, response) => (url === "/orders" ? refuse(response) : tell(TOLD)(url, response)), 0],
  ["knows no releases", (url, response) => (url === "/releases" ? refuse(response) : tell(TOLD)(url, response)), 0],
])("releases of an agent that %s are read", async (_, answers, count) => {
  const { reader, views } = await read(answers);
  expect(reader.fault).toBeUndefined();
  expect(views[0]!.releases.releases).toEqual([PROGRESS].slice(0, count));
});

test("a view says when it was asked for, and when the next one is to be expected", async () => {
  const clock = { now: 7 };
  const answers: Answers = (url, response) => {
    clock.now += 1_000;
    tell(TOLD)(url, response);
  };
  const { agent, views } = await read(answers, { ...nodeTime, now: () => clock.now });
  const took = agent.asked.length * 1_000;
  expect(views).toMatchObject([{ at: 7, periodMs: took + PAUSE_PER_LOOK * took, isSilent: false }]);
});

test("a later look asks for nothing that has not changed", async () => {
  const { agent, views } = await read(tell(TOLD));
  agent.asked.length = 0;
  await vi.waitFor(() => expect(views).toHaveLength(2), PATIENCE);
  expect(agent.asked).toEqual(["/digests", "/status"]);
  agent.answers = tell({
    ...TOLD,
    "/digests": {
      cluster: "demo",
      node: "c",
      kinds: { node: { count: 1, hash: "1" }, announce: { count: 1, hash: "2" } },
    },
    "/facts?kind=announce": { facts: [announceRecord("a")], next: null },
  });
  await vi.waitFor(() => expect(views.at(-1)!.records("announce")).toHaveLength(1), PATIENCE);
  expect(agent.asked).not.toContain("/facts?kind=node");
  expect(views.at(-1)!.records("node")).toHaveLength(1);
});

/** An answer with this body, as JSON or what calls itself so. */
const say =
  (path: string, body: string): Answers =>
  (url, response) =>
    url === path
      ? void response
          .on("error", () => undefined)
          .writeHead(200, { "content-type": "application/json" })
          .end(body)
      : tell(TOLD)(url, response);

/** Pages of records: each names the next one, until there is none. */
const pagesOf =
  (nextOf: (place: number) => number | null, padding: string = ""): Answers =>
  (url, response) => {
    if (!url.startsWith("/facts")) return tell({ ...TOLD, "/digests": TWO_KINDS })(url, response);
    const next = nextOf(Number(new URLSearchParams(url.split("?")[1]).get("after") ?? 0));
    const told = `{"facts":[],"next":${next === null ? null : `"${next}"`}}`;
    response.writeHead(200, { "content-type": "application/json" }).end(`${told}${padding}`);
  };

const SOME = { count: 1, hash: "1" };
const TWO_KINDS = { cluster: "demo", node: "c", kinds: { node: SOME, role: SOME } };

const ENDLESS = pagesOf((place) => place + 1);
const CIRCLE = pagesOf((place) => (place + 1) % 3);

/** Two kinds of which each is half of what may be kept, and a little more. */
const BIG_PAGE = 4_000_000;
const HALF_PAGES = Math.ceil(AGENT_OCTETS_MAX / BIG_PAGE / 2);
const TOO_MUCH = pagesOf((place) => (place === HALF_PAGES ? null : place + 1), " ".repeat(BIG_PAGE));

test.each<readonly [string, Answers]>([
  ["of another cluster", tell({ ...TOLD, "/digests": { cluster: "other", node: "c", kinds: {} } })],
  ["that answers no JSON", say("/digests", "{")],
  ["that answers text", (_, response) => void response.end("hello")],
  ["that answers JSON of another form", say("/status", '{"version":7}')],
  ["with null for all", say("/status", "null")],
  ["with records that are none", say("/facts?kind=node", '{"facts":[{"id":7}],"next":null}')],
  ["with budgets that are none", say("/budgets", '{"budgets":[{"organization":"acme"}],"next":null}')],
  ["with holders that are none", say("/holders", '{"holders":[{"node":"a"}]}')],
  ["with orders that are none", say("/orders", '{"orders":{"node":"a"},"next":null}')],
  ["with a fleet that is none", say("/fleet", '{"fleet":{"partition":"north"},"next":null}')],
  ["with releases that are none", say("/releases", '{"coordinator":{"releases":[7],"versions":[],"nodes":[]}}')],
  ["with leases that are none", say("/routes", '{"routes":[[]],"next":null}')],
  ["with kinds that are none", say("/digests", '{"cluster":"demo","node":"c","kinds":[1]}')],
  ["that does not find what is asked", tell({})],
  ["that ends the connection", (_, response) => void response.destroy()],
  ["that answers 100 MB", say("/facts?kind=node", `"${"a".repeat(100_000_000)}"`)],
  ["whose pages have no end", ENDLESS],
  ["whose pages go round in a circle", CIRCLE],
  ["that tells more than it may know", TOO_MUCH],
])("an agent %s has not answered", async (_, answers) => {
  const { reader, views, logged } = await read(answers);
  expect(reader).toMatchObject({ looks: 0, fault: "ERR_ADMIN_ANSWER" });
  expect(views).toEqual([]);
  expect(logged).toEqual(["AGENT_SILENT"]);
});

test.each<readonly [string, Answers, number]>([
  ["without end", ENDLESS, AGENT_PAGES_MAX],
  ["in a circle", CIRCLE, 4],
  ["of more than may be kept", TOO_MUCH, 2 * HALF_PAGES],
])("pages %s are asked for so often, and no more", async (_, answers, times) => {
  const { agent } = await read(answers);
  expect(agent.asked.filter((url) => url.startsWith("/facts"))).toHaveLength(times);
});

test("bodies in a form of another version leave out their records alone", async () => {
  const strange = { ...nodeRecord("x"), body: { key: [] } };
  const { views } = await read(
    tell({ ...TOLD, "/facts?kind=node": { facts: [strange, nodeRecord("a")], next: null } }),
  );
  expect(views[0]!.records("node").map(({ subject }) => subject)).toEqual(["a"]);
  for (const kind of TOLD_KINDS.filter((each) => each !== "node")) expect(views[0]!.records(kind)).toEqual([]);
});

test("rows of orders and of the fleet that have another form leave out themselves alone", async () => {
  const order = { node: "a", orders: [], outcome: null };
  const { reader, views } = await read(
    tell({
      ...TOLD,
      "/orders": { orders: [{ node: "b" }, order], next: null },
      "/fleet": { fleet: [{ partition: "north" }], next: null },
    }),
  );
  expect(reader.fault).toBeUndefined();
  expect(views[0]).toMatchObject({ orders: [order], fleet: [] });
  expect(views[0]!.leases).toHaveLength(1);
});

test("a view that is not taken is a mistake of the program, and no silence of the agent", async () => {
  const agent = await FakeAgent.open(path, tell(TOLD));
  disposables.push(agent);
  const logged: string[] = [];
  const note = ({ code }: { readonly code: string }): void => void logged.push(code);
  const log = { info: note, warn: note, error: note } as unknown as Logger;
  const handleView = (): void => {
    throw new Error("a mistake");
  };
  const reader = new AgentReader({
    cluster: "demo",
    path,
    time: nodeTime,
    log,
    usage: () => NO_USAGE,
    handleView,
    handleSilence: () => undefined,
  });
  disposables.push(reader);
  await reader.start();
  await vi.waitFor(() => expect(reader.looks).toBeGreaterThan(1), PATIENCE);
  expect(reader.fault).toBeUndefined();
  expect(new Set(logged)).toEqual(new Set(["API_FAILED"]));
});

test("an agent that is silent is told once, and again when it answers", async () => {
  const { agent, reader, views, silences, logged } = await read(tell({}));
  expect(silences).toEqual([0]);
  agent.asked.length = 0;
  await vi.waitFor(() => expect(agent.asked.length).toBeGreaterThan(0), PATIENCE);
  agent.answers = tell(TOLD);
  await vi.waitFor(() => expect(views.length).toBeGreaterThan(0), PATIENCE);
  expect(logged).toEqual(["AGENT_SILENT", "AGENT_ANSWERS"]);
  expect(reader).toMatchObject({ fault: undefined });
});

test("where there is no agent, the fault says so", async () => {
  const log = { warn: () => undefined } as unknown as Logger;
  const reader = new AgentReader({
    cluster: "demo",
    path,
    time: nodeTime,
    log,
    usage: () => NO_USAGE,
    handleView: () => undefined,
    handleSilence: () => undefined,
  });
  disposables.push(reader);
  await reader.start();
  expect(reader.fault).toBe("ERR_ADMIN_NOT_RUNNING");
});
