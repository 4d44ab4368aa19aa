/* Leases of two origins as their coordinator, and they themselves, tell of them. */
import { beforeEach, expect, test } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import type { ShownLease } from "../../../src/agent/coordinator/lease-slot.ts";
import { routeQuestions } from "../../../src/admin/route-questions.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh } from "../simulated-nodes.ts";

interface Route {
  readonly told: string;
  readonly origin: string;
  readonly host: string;
  readonly coordinator: string | null;
  readonly id: string | null;
  readonly share: number | null;
}

interface Answer {
  readonly node: string;
  readonly partition: string | null;
  readonly routes: readonly Route[];
  readonly left: number;
  readonly next: string | null;
}

let mesh: SimMesh;

beforeEach(() => {
  mesh = startLeasedMesh(["a", "e"], ["d", "f"]);
});

function ask(name: string, after?: string): Answer {
  const node = mesh.node(name);
  const query = new URLSearchParams(after === undefined ? {} : { after });
  return routeQuestions(node.agent, name, () => node.at)["/routes"]!(query) as Answer;
}

const named = ({ routes }: Answer): readonly string[] =>
  routes.map(({ origin, host, coordinator, told }) => [origin, host, coordinator, told].join(" "));

test("an origin and its coordinator tell the same leases, in the order of their names", () => {
  const hasAll = (): boolean => ask("b").routes.filter(({ id }) => id !== null).length === 4;
  mesh.until("all are leased", () => hasAll() && ask("a").routes.every(({ id }) => id !== null));
  mesh.runFor(10_000);
  expect(named(ask("b"))).toEqual(["a d b coordinator", "a f b coordinator", "e d b coordinator", "e f b coordinator"]);
  expect(ask("b")).toMatchObject({ node: "b", partition: "north", left: 0, next: null });
  const own = ask("a");
  expect(named(own)).toEqual(["a d b origin", "a f b origin"]);
  expect(own).toMatchObject({ node: "a", partition: null, left: 0, next: null });
  const used = own.routes.findIndex((route) => (route as unknown as { isUsed: boolean }).isUsed);
  expect(own.routes[used]).toEqual({
    told: "origin",
    id: ask("b").routes[used]!.id,
    origin: "a",
    service: "web",
    scope: "cluster",
    host: own.routes[used]!.host,
    coordinator: "b",
    epoch: expect.any(Number),
    expires: expect.stringMatching(/^2026-.*Z$/),
    classes: expect.arrayContaining(["reliable"]),
    rate: expect.any(Number),
    share: expect.any(Number),
    standing: "live",
    isUsed: true,
    fault: null,
    quota: null,
    waitsFor: 0,
    routes: ["b", "c"].map((relay) => ({
      via: [relay, own.routes[used]!.host],
      mtu: expect.any(Number),
      cost: expect.any(Number),
      state: expect.stringMatching(/^(in-use|stands-by)$/),
      inUse: expect.any(Array),
      failure: null,
      measured: null,
    })),
  });
  expect(ask("b").routes[used]!.share).toBe(own.routes[used]!.share);
  expect(ask("b").routes[0]).toMatchObject({ standing: null, isUsed: null, fault: null, routes: [{}, {}] });
  expect(named(ask("b", "a/web/f/b/coordinator/cluster"))).toEqual(["e d b coordinator", "e f b coordinator"]);
  // A page begins behind the place of a name that nothing has any more.
  expect(named(ask("b", "a/web/e//origin/org/acme"))).toEqual(named(ask("b")).slice(1));
});

test("an origin without links holds its leases, uses none, and says of each route that it is unusable", () => {
  const hasAll = (): boolean => ask("a").routes.length === 2 && ask("a").routes.every(({ id }) => id !== null);
  mesh.until("all are leased", hasAll);
  mesh.node("a").vertex.change({ links: [] });
  mesh.runFor(1_000);
  const unused = { told: "origin", standing: "live", isUsed: false, fault: null };
  const routes = [{ state: "unusable" }, { state: "unusable" }];
  expect(ask("a").routes).toMatchObject(["d", "f"].map((host) => ({ ...unused, host, routes })));
});

test("where nobody leases, the origin says so, and the coordinator why", () => {
  for (const relay of ["b", "c"]) mesh.node(relay).vertex.change({ relay: null });
  mesh.until("leases are asked for", () => mesh.node("b").agent.coordinator.work?.leases.wanted === 4);
  mesh.runFor(30_000);
  expect(ask("a").routes[0]).toMatchObject({ id: null, coordinator: null, fault: "no-lease", routes: [], waitsFor: 0 });
  expect(ask("b").routes[0]).toMatchObject({ id: null, coordinator: "b", fault: "no-route", routes: [], waitsFor: 0 });
});

test("pages of a coordinator have each of its leases once", () => {
  const want = { service: "web", scope: "cluster", host: "d", classes: ["reliable"], rate: 9 } as const;
  const origins = Array.from({ length: 1_203 }, (_, at) => `n${(at * 7) % 1_203}`);
  const shown = origins.map((origin): ShownLease => {
    const rest = { leased: undefined, doubts: new Map<string, number>(), waitsFor: ["b", "c"] };
    return { origin, ...want, asked: { origin, ...want }, ...rest, fault: undefined, quota: undefined };
  });
  const leases = { shown: () => shown.values() };
  const routes = { leases: { held: () => [] }, uses: [] };
  const planner = { services: { wanted: [] } };
  const agent = { coordinator: { work: { leases }, partition: "north" }, routes, planner } as unknown as Agent;
  const route = routeQuestions(agent, "b", () => ({ now: 0, wall: 0 }))["/routes"]!;
  const pages: Answer[] = [];
  for (let after: string | null = ""; after !== null && pages.length < 9; after = pages.at(-1)!.next)
    pages.push(route(new URLSearchParams(after === "" ? {} : { after })) as Answer);
  expect(pages.map(({ routes: { length }, left }) => [length, left])).toEqual([
    [500, 703],
    [500, 203],
    [203, 0],
  ]);
  expect(pages.flatMap((page) => page.routes.map(({ origin }) => origin))).toEqual(origins.toSorted());
  expect(pages[0]!.routes[0]).toMatchObject({ rate: 9, waitsFor: 2, routes: [] });
});

test.each([
  "",
  "a",
  "a/web/d/b",
  "a/web/d/b/nobody/cluster",
  "a/web/d/b/origin/org/",
  "a/w b/d/b/origin/cluster",
  "//d//origin/cluster",
])("after=%s is the name of no lease", (after) => {
  expect(() => ask("a", after)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_AFTER" }));
});
