import { type Fact, readFact } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import type { OverlayPath, OverlayRoute } from "../../../src/agent/door/overlay.ts";
import type { View, ViewAuto } from "../../../src/agent/door/view.ts";
import type { HostPapers } from "../../../src/agent/plan/host-papers.ts";
import { canReach, planOverlay, type PlanOptions } from "../../../src/agent/plan/plan-overlay.ts";
import type { NamedService } from "../../../src/agent/plan/service-names.ts";
import type { NodeStanding } from "../../../src/agent/records/standing.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { upLink, viewOf } from "../views.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const END = NOW + 30 * DAY;
const cluster = new DemoCluster(NOW);

const KEYS: Readonly<Record<string, string>> = { a: "aa", b: "bb", c: "cc", d: "dd" };

interface Scene {
  /** Hosts of the active record, with their priorities; the path goes to the first one. */
  readonly active?: Readonly<Record<string, number>>;
  readonly candidate?: Readonly<Record<string, number>>;
  /** The host of the active record for when nothing is heard of the one in use. */
  readonly standby?: string;
  readonly view?: Partial<View>;
  readonly auto?: Partial<ViewAuto>;
  readonly standing?: Readonly<Record<string, NodeStanding>>;
  /** Nodes that have not announced the service. */
  readonly silent?: readonly string[];
  readonly ways?: PlanOptions["ways"];
  readonly isVoid?: boolean;
  /** The active record has no host that is proven. */
  readonly isProven?: boolean;
  readonly alias?: string;
  readonly parts?: PlanOptions["parts"];
}

function record(epoch: number, hosts: Readonly<Record<string, number>>): Fact {
  const list = Object.entries(hosts).map(([node, priority]) => ({ node, priority, weight: 1 }));
  const fact = readFact(cluster.service("web", [], { epoch }, { hosts: list }), "demo");
  if (typeof fact === "string") throw new Error(fact);
  return fact;
}

function optionsOf(scene: Scene): PlanOptions {
  const { active, candidate, auto = {}, standing = {}, silent = [], ways = new Map(), isVoid = false } = scene;
  const records = { active: active && record(1, active), candidate: candidate && record(2, candidate) };
  const choiceOf = (fact: Fact | undefined, hosts: Scene["active"]) =>
    fact === undefined ? undefined : { record: fact, host: Object.keys(hosts!)[0]! };
  const state = {
    ...records,
    fallbacks: [],
    path: scene.isProven === false ? undefined : choiceOf(records.active, active),
    next: scene.isProven === false ? choiceOf(records.active, active) : choiceOf(records.candidate, candidate),
    standby: scene.standby === undefined ? undefined : { record: records.active!, host: scene.standby },
  };
  return {
    node: "a",
    view: viewOf({
      auto: [{ service: "web", path: null, next: null, state: "none", text: "", ...auto }],
      ...scene.view,
    }),
    ways,
    wanted: [
      {
        name: scene.alias ?? "web",
        scope: "cluster",
        service: "web",
        isVoid,
        state,
        leader: undefined,
        failure: undefined,
        isOutOfReach: false,
      },
    ],
    papers: (node): HostPapers | undefined =>
      silent.includes(node) ? undefined : { keys: [KEYS[node]!], labels: new Map([["web", 900]]), full: new Set() },
    standing: (node) => standing[node] ?? { kind: "node", until: END + DAY, key: "" },
    parts: scene.parts ?? [],
    now: NOW,
  };
}

const leadOf = (scene: Scene) => planOverlay(optionsOf(scene)).overlay.leads[0];
const path = (host: string, more: object = {}) => ({
  name: `auto.web.${host}`,
  link: host,
  labels: [900],
  until: END,
  ...more,
});

describe("where a service is led", () => {
  test("to what is to be proven, and nowhere yet", () => {
    expect(planOverlay(optionsOf({ active: { b: 1 }, isProven: false })).overlay).toMatchObject({
      paths: [path("b")],
      leads: [{ service: "web", next: "auto.web.b", until: END }],
    });
  });

  test("to what is proven", () => {
    expect(leadOf({ active: { b: 1 } })).toEqual({ service: "web", path: "auto.web.b", until: END });
  });

  test("with a candidate: streams stay, and its host is to be proven", () => {
    const scene: Scene = { active: { b: 1 }, candidate: { c: 1 } };
    const both = { path: "auto.web.b", next: "auto.web.c" };
    expect(planOverlay(optionsOf(scene)).overlay).toMatchObject({ paths: [path("b"), path("c")], leads: [both] });
  });

  test("with a candidate at the same host there is nothing to prove", () => {
    expect(leadOf({ active: { b: 1 }, candidate: { b: 1 } })).toEqual({
      service: "web",
      path: "auto.web.b",
      until: END,
    });
  });

  test("with another host beside it, where the vertex knows what that is for", () => {
    const scene: Scene = { active: { b: 1, c: 1 }, standby: "c" };
    const both = { path: "auto.web.b", standby: "auto.web.c" };
    const known = { ...scene, auto: { standby: null } };
    expect(planOverlay(optionsOf(known)).overlay).toMatchObject({ paths: [path("b"), path("c")], leads: [both] });
    expect(planOverlay(optionsOf(scene)).overlay).toMatchObject({ paths: [path("b")] });
    expect(leadOf(scene)).not.toHaveProperty("standby");
    expect(leadOf({ ...known, silent: ["c"] }), "no way to it is known").not.toHaveProperty("standby");
    expect(leadOf({ ...known, isProven: false }), "nothing is in use").not.toHaveProperty("standby");
    const failed: Scene = { active: { c: 1, b: 1 }, isProven: false, auto: { path: "auto.web.b", standby: null } };
    expect(leadOf(failed), "the next one is not proven yet").toMatchObject({
      path: "auto.web.b",
      standby: "auto.web.c",
    });
  });

  test("by an alias: the far end proves the service's own name", () => {
    const alias = planOverlay(optionsOf({ active: { b: 1 }, alias: "www" })).overlay;
    expect(alias).toMatchObject({
      paths: [{ ...path("b"), name: "auto.www.b" }],
      leads: [{ service: "www", proves: "web", path: "auto.www.b" }],
      pins: { "service/web": ["bb"] },
    });
  });

  test("where it was, when no host can be reached: streams wait there", () => {
    const links = [{ ...upLink("b"), state: "down" } as const];
    const scene: Scene = { active: { b: 1 }, isProven: false, auto: { path: "auto.web.b" }, view: { links } };
    expect(leadOf(scene)).toEqual({ service: "web", path: "auto.web.b", until: END });
  });

  test("to the service of this very node, without a link", () => {
    const services = [{ name: "web", label: 77, keys: ["5e"], target: "unknown" as const }];
    expect(planOverlay(optionsOf({ active: { a: 1 }, view: { services } })).overlay).toEqual({
      paths: [{ name: "auto.web.a", labels: [77], until: END }],
      leads: [{ service: "web", path: "auto.web.a", until: END }],
      pins: { "service/web": ["5e"], ...pinsOf("b", "c") },
    });
  });

  test("over the up one of several links, over a way where there is no link, and over a way while the link is down", () => {
    const down = { ...upLink("c"), name: "c1", state: "down" } as const;
    const ways = new Map([
      ["c", { link: "b", labels: [201] }],
      ["d", { link: "b", labels: [301, 302] }],
      ["e", { link: "nowhere", labels: [1] }],
    ]);
    const pathTo = (host: string, links: View["links"]) =>
      planOverlay(optionsOf({ active: { [host]: 1 }, view: { links }, ways })).overlay.paths;
    expect(pathTo("c", [down, { ...upLink("c"), name: "c2" }, upLink("b")])).toEqual([path("c", { link: "c2" })]);
    expect(pathTo("d", [upLink("b")])).toEqual([path("d", { link: "b", labels: [301, 302, 900] })]);
    expect(pathTo("c", [down, upLink("b")])).toEqual([path("c", { link: "b", labels: [201, 900] })]);
    expect(pathTo("c", [down, { ...upLink("b"), state: "down" }])).toEqual([path("c", { link: "c1" })]);
    expect(pathTo("e", [upLink("b")])).toEqual([]);
  });

  test.each<[string, Scene]>([
    ["its host has no record", { standing: { b: { kind: "unknown" } } }],
    ["its host was taken back", { standing: { b: { kind: "void" } } }],
    ["its host's record has ended", { standing: { b: { kind: "node", until: NOW, key: "" } } }],
    ["its host has not announced it", { silent: ["b"] }],
    ["there is no link to its host", { view: { links: [upLink("c")] } }],
  ])("nowhere, and over no path, as %s", (_, scene) => {
    const { overlay } = planOverlay(optionsOf({ active: { b: 1 }, auto: { path: "auto.web.b" }, ...scene }));
    expect(overlay).toMatchObject({ paths: [], leads: [] });
  });

  test("until the host's record or the service's ends", () => {
    expect(leadOf({ active: { b: 1 } })).toMatchObject({ until: END });
    const standing = { b: { kind: "node", until: NOW + DAY, key: "" } } as const;
    expect(leadOf({ active: { b: 1 }, standing })).toMatchObject({ until: NOW + DAY });
  });

  test("paths that streams may still use stay as long as a record has their host, others go", () => {
    const overlay = { leads: [], pins: {}, paths: [path("b"), path("d"), { ...path("x"), name: "auto.other.b" }] };
    const names = (scene: Scene, used?: readonly string[]) =>
      planOverlay(optionsOf({ ...scene, view: { overlay, used } })).overlay.paths.map(({ name }) => name);
    expect(names({ active: { c: 1, b: 2 } }), "the vertex does not tell").toEqual(["auto.web.c", "auto.web.b"]);
    expect(names({ active: { c: 1, b: 2 } }, ["auto.web.b"])).toEqual(["auto.web.c", "auto.web.b"]);
    expect(names({ active: { c: 1, b: 2 } }, [])).toEqual(["auto.web.c"]);
  });

  test("of which nothing is known any more, as it was, until its end, and to no host that was taken back", () => {
    const paths = [path("b"), path("c"), { ...path("b"), name: "auto.webb.b" }];
    const lead = { service: "web", path: "auto.web.b", next: "auto.web.c", until: END };
    const former = { paths, leads: [lead], pins: { "service/web": ["bb"], "vertex/b": ["bb"], "vertex/x": ["xx"] } };
    const view = { overlay: former };
    const standing = { b: { kind: "unknown" }, c: { kind: "unknown" } } as const;
    expect(planOverlay(optionsOf({ view, standing })).overlay).toEqual({
      paths: [path("b"), path("c")],
      leads: [lead],
      pins: { "service/web": ["bb"], "vertex/b": ["bb"] },
    });
    const fallen = { ...standing, b: { kind: "void" } } as const;
    expect(planOverlay(optionsOf({ view, standing: fallen })).overlay).toMatchObject({
      paths: [],
      leads: [],
      pins: { "service/web": ["bb"], "vertex/b": [], "service/fabric.b": [] },
    });
    const isVoid = { view, standing, isVoid: true };
    expect(planOverlay(optionsOf(isVoid)).overlay).toMatchObject({ paths: [], leads: [], pins: { "service/web": [] } });
    const led = { service: "web", path: "auto.web.b", until: END };
    const beside = { overlay: { ...former, leads: [{ ...led, standby: "auto.web.c" }] } };
    expect(planOverlay(optionsOf({ view: beside, standing })).overlay.leads).toEqual(beside.overlay.leads);
    const alone = { ...standing, c: { kind: "void" } } as const;
    expect(planOverlay(optionsOf({ view: beside, standing: alone })).overlay.leads, "without the standby").toEqual([
      led,
    ]);
    const ended = { overlay: { ...former, leads: [{ ...lead, until: NOW }] } };
    expect(planOverlay(optionsOf({ view: ended, standing })).overlay.leads).toEqual([]);
  });

  test("of which nothing is known any more goes over no node that was taken back", () => {
    const over = (relay: string) => ({ link: relay, labels: [203, 900], via: [relay, "b"], until: END });
    const leased = { name: "auto.web.b", routes: [over("r"), over("s")], until: END };
    const lead = { service: "web", path: "auto.web.b", until: END };
    const view = { links: ["r", "s"].map(upLink), overlay: { paths: [leased], leads: [lead], pins: {} } };
    const standing = { b: { kind: "unknown" }, s: { kind: "unknown" }, r: { kind: "void" } } as const;
    const pathsOf = (states: Scene["standing"]) => planOverlay(optionsOf({ view, standing: states! })).overlay.paths;
    expect(pathsOf(standing)).toEqual([{ ...leased, routes: [over("s")] }]);
    expect(pathsOf({ ...standing, s: { kind: "void" } })).toEqual([]);
  });

  test("planned again from what it came to, it is the same", () => {
    const scene: Scene = { active: { b: 1 }, candidate: { c: 1 }, auto: { path: "auto.web.b" } };
    const first = planOverlay(optionsOf(scene)).overlay;
    const auto = { path: "auto.web.b", next: "auto.web.c", state: "unproven" } as const;
    expect(planOverlay(optionsOf({ ...scene, auto, view: { overlay: first } })).overlay).toEqual(first);
  });
});

const pinsOf = (...peers: readonly string[]) =>
  Object.fromEntries(
    peers.flatMap((peer) => ["vertex/", "service/fabric."].map((kind) => [`${kind}${peer}`, [KEYS[peer]]])),
  );

describe("pins", () => {
  const pins = (scene: Scene) => planOverlay(optionsOf(scene)).overlay.pins;

  test("have the keys of all hosts of all records in use, and those of neighbours and their agents", () => {
    expect(pins({ active: { b: 1 }, candidate: { c: 1 } })).toEqual({
      "service/web": ["bb", "cc"],
      ...pinsOf("b", "c"),
    });
  });

  test("leave a host out that was taken back, and let it in nowhere", () => {
    expect(pins({ active: { b: 1, c: 1 }, standing: { b: { kind: "void" } } })).toEqual({
      "service/web": ["cc"],
      "vertex/b": [],
      "service/fabric.b": [],
      ...pinsOf("c"),
    });
    expect(pins({ active: { b: 1 }, standing: { b: { kind: "void" } } })["service/web"]).toEqual([]);
  });

  test("bind nobody who has no record, and no service without one; one that was taken back is let in nowhere", () => {
    const standing = { b: { kind: "unknown" }, c: { kind: "unknown" } } as const;
    expect(pins({ standing })).toEqual({});
    expect(pins({ standing, isVoid: true })).toEqual({ "service/web": [] });
  });

  test("let in again who has a record again, and whose announcement has ended meanwhile; others keep their keys", () => {
    const former = { "vertex/b": [], "service/fabric.b": [], "vertex/c": ["cc"], "service/fabric.c": ["cc"] };
    const scene: Scene = { silent: ["b", "c"], view: { overlay: { paths: [], leads: [], pins: former } } };
    expect(pins(scene)).toEqual({ "vertex/c": ["cc"], "service/fabric.c": ["cc"] });
    expect(pins({ ...scene, standing: { b: { kind: "unknown" } } })).toEqual(former);
  });
});

test("services for which there is no room are left out, and named, and the order is small enough for a door", () => {
  const options = optionsOf({ active: { b: 1 } });
  const [wanted] = options.wanted as [PlanOptions["wanted"][number]];
  const names = Array.from({ length: 10_000 }, (_, at) => `web-${at}`.padEnd(63, "x"));
  const { overlay, leftOut } = planOverlay({
    ...options,
    wanted: names.map((name) => ({ ...wanted, name })),
  });
  expect(overlay.leads.length).toBeGreaterThan(1_000);
  expect(leftOut.length).toBeGreaterThan(1_000);
  expect([...overlay.leads.map(({ service }) => service), ...leftOut]).toEqual(names);
  const order = { base: Number.MAX_SAFE_INTEGER, life: { startedAt: NOW, id: "0".repeat(16) }, ...overlay };
  expect(Buffer.byteLength(JSON.stringify(order))).toBeLessThan(1_048_576);
});

describe("what other rooms add", () => {
  const over = (link: string, via: readonly string[], more: Partial<OverlayRoute> = {}): OverlayRoute => {
    return { link, labels: [...via.slice(1).map((_, at) => 200 + at), 900], via, until: NOW + 60_000, ...more };
  };
  const pathOf = (routes: readonly OverlayRoute[], scene: Scene = {}): OverlayPath | undefined => {
    const parts = [
      { routesTo: ({ service }: NamedService, host: string) => (service === "web" && host === "d" ? routes : []) },
    ];
    return planOverlay(optionsOf({ active: { d: 1 }, parts, ...scene })).overlay.paths[0];
  };

  test("routes to a host that is no neighbour, as long as they last", () => {
    const routes = [over("b", ["b", "d"]), over("c", ["c", "d"], { until: NOW + 90_000 })];
    expect(pathOf(routes)).toEqual({ name: "auto.web.d", routes, until: NOW + 90_000 });
    expect(pathOf([routes[0]!, over("c", ["c", "d"], { until: NOW })])?.routes).toEqual([routes[0]]);
    expect(pathOf([])).toBeUndefined();
  });

  test("none that begins with a link of the overlay which is in the order no more: the vertex would refuse it whole", () => {
    const [made, other] = [over("auto.b", ["b", "d"]), over("c", ["c", "d"])];
    const view = { links: [{ ...upLink("b"), name: "auto.b", overlay: true }, upLink("c")] };
    const parts = (ordered: boolean): PlanOptions["parts"] => [
      { routesTo: () => [made, other] },
      { links: () => (ordered ? [{ name: "auto.b", peer: "b", endpoints: [], until: END }] : []) },
    ];
    const routesOf = (ordered: boolean) => pathOf([], { view, parts: parts(ordered) })?.routes;
    expect(routesOf(true)).toEqual([made, other]);
    expect(routesOf(false)).toEqual([other]);
    const former = { paths: [{ name: "auto.web.d", routes: [made], until: END }], leads: [], pins: {} };
    expect(pathOf([], { view: { ...view, overlay: former }, isProven: false })).toBeUndefined();
  });

  test("no pair of links of which one is in the order no more: other pairs stay open", () => {
    const links = ["b", "c", "d"].map((node) => ({ ...upLink(node), name: `auto.${node}`, overlay: true }));
    const pair = (from: string, to: string) => {
      return { from, to, classes: ["bulk"] as const, rate: 1, permit: "p", until: END };
    };
    const transit = [pair("auto.b", "auto.d"), pair("auto.b", "auto.c")];
    const made = links.slice(0, 2).map(({ name, peer }) => ({ name, peer, endpoints: [], until: END }));
    const parts = [{ links: () => made, transit: () => transit }];
    expect(planOverlay(optionsOf({ view: { links }, parts })).overlay.transit).toEqual([transit[1]]);
    const none = [{ links: () => made.slice(0, 1), transit: () => transit }];
    expect(planOverlay(optionsOf({ view: { links }, parts: none })).overlay).not.toHaveProperty("transit");
  });

  test("none that outlasts the records that name the host", () => {
    const standing = { d: { kind: "node", until: NOW + 5, key: "" } } as const;
    expect(pathOf([over("b", ["b", "d"])], { standing })).toMatchObject({
      routes: [{ until: NOW + 5 }],
      until: NOW + 5,
    });
    expect(pathOf([over("b", ["b", "d"])], { standing: { d: { kind: "void" } } })).toBeUndefined();
  });

  test("the link of a neighbour comes first while it is up, and no route stands twice", () => {
    const links = [upLink("d"), upLink("b")];
    const own = { link: "d", labels: [900], via: ["d"], until: END };
    const leased = [
      over("d", ["d"]),
      ...["1", "2", "3"].map((name) => over("b", ["b", name, "d"], { labels: [Number(name), 1, 900] })),
    ];
    expect(pathOf(leased, { view: { links } })?.routes).toEqual([own, ...leased.slice(1)]);
    const down = [{ ...upLink("d"), state: "down" } as const, upLink("b")];
    expect(pathOf(leased, { view: { links: down } })?.routes).toEqual(leased);
  });

  test("a hand-written way stands back behind them", () => {
    const ways = new Map([["d", { link: "c", labels: [301] }]]);
    expect(pathOf([], { ways })).toMatchObject({ link: "c", labels: [301, 900] });
    expect(pathOf([over("b", ["b", "d"])], { ways })).not.toHaveProperty("link");
  });

  test("a host is reached over them while the first link of one is up", () => {
    const reaches = (state: "up" | "down"): boolean => {
      const routesTo = (): OverlayRoute[] => [over("b", ["b", "d"])];
      const view = { links: [{ ...upLink("b"), state }] };
      return canReach({ scope: "cluster", service: "web" }, "d", optionsOf({ view, parts: [{ routesTo }] }));
    };
    expect([reaches("up"), reaches("down")]).toEqual([true, false]);
  });

  test("links and transit of all rooms, one behind the other; none is no list", () => {
    const link = { name: "auto.d", peer: "d", endpoints: [], until: END };
    const permit = { from: "b", to: "c", classes: ["bulk"], rate: 1, permit: "x", until: END } as const;
    const parts = [{ links: () => [link] }, { transit: () => [permit], links: () => [{ ...link, name: "auto.e" }] }];
    expect(planOverlay(optionsOf({ parts })).overlay).toMatchObject({
      links: [{ name: "auto.d" }, { name: "auto.e" }],
      transit: [permit],
    });
    expect(Object.keys(planOverlay(optionsOf({})).overlay)).toEqual(["paths", "leads", "pins"]);
  });
});
