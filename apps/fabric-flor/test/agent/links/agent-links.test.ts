import { describe, expect, test } from "vitest";
import {
  ASKED_MAX,
  CALL_MS,
  EDGE_LINKS,
  LET_IN_MS,
  PLAIN_LINKS,
  SPARE_MS,
  TRIES,
} from "../../../src/agent/links/limits.ts";
import { upLink } from "../views.ts";
import { amongRelays, amongSeeds, endpointOf, LinksScene } from "./links-scene.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const up = (scene: LinksScene): string[] =>
  scene.view.links.filter(({ state }) => state === "up").map(({ peer }) => peer);

describe("an edge", () => {
  test("keeps three links to relays, and orders that outlive the agent", () => {
    const scene = amongRelays().run(10_000);
    expect(up(scene)).toHaveLength(EDGE_LINKS + 1);
    const later = up(amongRelays().run(MINUTE));
    expect(later).toEqual(up(scene));
    for (const { until } of scene.orders) expect(until).toBeGreaterThan(scene.at.wall + 24 * HOUR);
  });

  test("counts links of its file, and calls nobody where the owner permits none", () => {
    const scene = amongRelays();
    const ofFile = ["x", "y"].map(upLink);
    scene.view = { ...scene.view, links: ofFile };
    scene.run(10_000);
    expect(scene.orders).toHaveLength(EDGE_LINKS - 2);
    const none = amongRelays();
    none.view = { ...none.view, bounds: { linksMax: 0, dial: null } };
    expect(none.run(MINUTE).orders).toEqual([]);
  });

  test("gives up no link for a better one, and replaces one that is lost", () => {
    const scene = amongRelays().run(10_000);
    const before = up(scene);
    scene
      .relays("r9")
      .announce("r9", [endpointOf(99)])
      .run(MINUTE);
    expect(up(scene)).toEqual(before);
    const [lost] = before;
    scene.answer = ({ peer }) => (peer === lost ? "NO_ANSWER" : "up");
    scene.run(MINUTE);
    expect(up(scene)).not.toContain(lost);
    expect(up(scene).length).toBeGreaterThanOrEqual(EDGE_LINKS);
  });

  test("whose links are all with seeds makes others as soon as it knows of other relays, and then leaves the seeds but for one", () => {
    const scene = amongSeeds();
    expect(up(scene.run(MINUTE))).toHaveLength(EDGE_LINKS + 1);
    const others = ["r0", "r1", "r2"];
    scene.relays(...others);
    for (const [at, name] of others.entries()) scene.announce(name, [endpointOf(50 + at)]);
    const counts = (): readonly [seeds: number, others: number] => {
      const linked = up(scene);
      const plain = linked.filter((peer) => others.includes(peer)).length;
      return [linked.length - plain, plain];
    };
    scene.run(SPARE_MS / 2);
    expect(counts()).toEqual([EDGE_LINKS + 1, PLAIN_LINKS]);
    scene.run(2 * SPARE_MS);
    expect(counts()).toEqual([EDGE_LINKS - PLAIN_LINKS, PLAIN_LINKS]);
    const linked = up(scene);
    expect(up(scene.run(HOUR / 4))).toEqual(linked);
  });

  test("leaves all seeds that have few places once two other relays are steady, but one that a route in use goes over, and goes back to none", () => {
    const scene = amongSeeds();
    scene.run(1_000);
    scene.relays("r0", "r1", "r2");
    for (const [at, name] of ["r0", "r1", "r2"].entries()) scene.announce(name, [endpointOf(50 + at)]);
    const seeds = (): string[] => up(scene).filter((peer) => peer.startsWith("s"));
    const route = { path: "auto.web.d", route: "s2>d", inUse: ["reliable" as const] };
    scene.view = { ...scene.view, routes: [{ ...route, failure: null, measured: null, rate: 0 }] };
    scene.run(200);
    for (const at of [0, 1, 2, 3]) scene.announce(`s${at}`, [endpointOf(at + 1)], [], ["crowded", "few-places"]);
    scene.run(2_000);
    expect(seeds()).toEqual(["s2"]);
    expect(up(scene).length).toBeGreaterThanOrEqual(EDGE_LINKS);
    scene.run(MINUTE);
    expect(seeds()).toEqual(["s2"]);
    scene.view = { ...scene.view, routes: [] };
    scene.run(MINUTE);
    expect(up(scene).toSorted()).toEqual(["r0", "r1", "r2"]);
    // A node that has no link at all calls them again.
    scene.answer = ({ peer }) => (peer.startsWith("r") ? "NO_ANSWER" : "up");
    scene.run(MINUTE);
    expect(seeds().length).toBeGreaterThan(0);
  });

  test("leaves no seed while it has too few other relays, or one that is not steady", () => {
    const scene = amongSeeds().run(1_000);
    scene.relays("r0", "r1").announce("r0", [endpointOf(50)]);
    scene.run(5 * MINUTE);
    expect(up(scene)).toHaveLength(EDGE_LINKS + 2);
    scene.announce("r1", [endpointOf(51)]);
    scene.run(MINUTE / 2);
    // The second one goes down again and again.
    for (let turn = 0; turn < 8; turn++) {
      scene.answer = ({ peer }) => (peer === "r1" ? "NO_ANSWER" : "up");
      scene.run(1_000).answer = () => "up";
      scene.run(MINUTE / 2);
    }
    expect(up(scene).filter((peer) => peer.startsWith("s"))).toHaveLength(EDGE_LINKS + 1);
  });

  test("keeps its links to seeds that serve what it wants", () => {
    const scene = amongSeeds();
    scene.hosts = ["s0", "s1", "s2", "s3"];
    scene.run(1_000).relays("r0", "r1");
    for (const [at, name] of ["r0", "r1"].entries()) scene.announce(name, [endpointOf(50 + at)]);
    const linked = up(scene.run(SPARE_MS / 2));
    expect(linked.length).toBeGreaterThan(EDGE_LINKS);
    expect(up(scene.run(2 * SPARE_MS))).toEqual(linked);
  });

  test("drops the link to a node that was taken back at once", () => {
    const scene = amongRelays().run(10_000);
    const [peer] = up(scene);
    scene.void(peer!).run(100);
    expect(scene.order(peer!)).toBeUndefined();
  });

  test("with another node at another place calls the second endpoint of a node whose first one is dead", () => {
    const scene = new LinksScene()
      .nodes("a")
      .relays("b")
      .announce("b", [endpointOf(1), endpointOf(2)]);
    scene.answer = ({ endpoints }) => (endpoints[0] === endpointOf(2) ? "up" : "NO_ANSWER");
    scene.run(10_000);
    expect(scene.order("b")?.endpoints).toEqual([endpointOf(2)]);
    // The line of one provider is cut, and the other one is there again.
    scene.answer = ({ endpoints }) => (endpoints[0] === endpointOf(1) ? "up" : "NO_ANSWER");
    scene.run(12_000);
    expect(scene.stateOf("b")).toBe("up");
    expect(scene.order("b")?.endpoints[0]).toBe(endpointOf(1));
  });
});

describe("a node without a record", () => {
  test("calls four seeds at a time, and no relay", () => {
    const names = Array.from({ length: 8 }, (_, at) => `s${at}`);
    const scene = new LinksScene()
      .relays("r")
      .announce("r", [endpointOf(100)])
      .seeds(...names);
    scene.run(2_000);
    expect(scene.orders).toHaveLength(4);
    scene.run(MINUTE);
    expect(scene.called.has(endpointOf(100))).toBe(false);
    scene.answer = () => "up";
    scene.run(MINUTE);
    expect(up(scene).length).toBeGreaterThanOrEqual(EDGE_LINKS);
  });

  test("waits for a seed that has answered, and has not heard the knock yet", () => {
    const scene = new LinksScene().seeds("b").run(300);
    scene.answer = () => "NOT_WANTED";
    scene.run(2 * CALL_MS);
    expect(scene.order("b")).toBeDefined();
    scene.answer = () => "up";
    expect(scene.run(200).stateOf("b")).toBe("up");
  });
});

test("a link that was up is kept for a minute where nobody answers any more: the peer may call, and paths over it stay", () => {
  const scene = new LinksScene()
    .nodes("a")
    .relays("b")
    .announce("b", [endpointOf(1)]);
  scene.view = { ...scene.view, links: [upLink("x")] };
  scene.answer = () => "up";
  scene.run(MINUTE).answer = () => "NO_ANSWER";
  scene.run(CALL_MS + 1_000);
  expect(scene.order("b")?.endpoints).toEqual([]);
  scene.calling.add("b");
  expect(scene.run(300).stateOf("b")).toBe("up");
  scene.calling.delete("b");
  scene.run(3 * MINUTE);
  expect(scene.links.orders(scene.at.wall).every(({ until }) => until < scene.at.wall + MINUTE)).toBe(true);
});

describe("an ask to call", () => {
  test("is done beside the links that there are, where the node has a record", () => {
    const scene = amongRelays().run(10_000);
    scene.nodes("n").announce("n", [endpointOf(100)]);
    scene.links.handleAsks(["n", "nobody", "a"], scene.at);
    expect(scene.run(MINUTE).stateOf("n")).toBe("up");
    expect(up(scene)).toHaveLength(EDGE_LINKS + 2);
  });

  test("that points at a victim has it called once, and floods of asks have few called", () => {
    const scene = amongRelays().run(10_000);
    const names = Array.from({ length: 100 }, (_, at) => `n${at}`);
    scene.nodes(...names);
    for (const [at, name] of names.entries()) scene.announce(name, [endpointOf(101 + at)]);
    scene.answer = ({ peer }) => (peer.startsWith("n") ? "NO_ANSWER" : "up");
    scene.called.clear();
    for (let turn = 0; turn < 60; turn++) {
      scene.links.handleAsks(names, scene.at);
      scene.run(5_000);
    }
    expect(scene.called.size).toBeLessThanOrEqual(ASKED_MAX);
    for (const ms of scene.called.values()) expect(ms).toBeLessThanOrEqual(CALL_MS + 200);
    expect(scene.links.asked.dropped).toBeGreaterThan(5_000);
  });
});

describe("a node that has moved", () => {
  /** Node a has a link of its file, and relay b has called it. */
  function calledByB(): LinksScene {
    const scene = new LinksScene().nodes("a").relays("b");
    scene.view = { ...scene.view, links: [upLink("x")] };
    scene.links.handleSegments(["10.0.0.0/24"], scene.at);
    scene.calling.add("b");
    scene.run(100).knock("b");
    scene.run(MINUTE).announce("b", [endpointOf(1)]);
    scene.answer = () => "up";
    expect([scene.stateOf("b"), scene.order("b")?.endpoints]).toEqual(["up", []]);
    return scene;
  }

  test.each([
    ["before the loss is seen", 0, 1_000],
    ["behind it", 1_000, 0],
  ])("calls peers that called it, and now call in vain: the move comes %s", (_, lostBefore, lostBehind) => {
    const scene = calledByB();
    scene.run(1_000 - lostBefore);
    if (lostBehind > 0) scene.links.handleSegments(["10.9.0.0/24"], scene.at);
    scene.run(lostBehind);
    scene.calling.delete("b");
    scene.run(lostBefore);
    if (lostBefore > 0) scene.links.handleSegments(["10.9.0.0/24"], scene.at);
    scene.run(500);
    expect([scene.stateOf("b"), scene.order("b")?.endpoints]).toEqual(["up", [endpointOf(1)]]);
  });

  test("goes on though the peer calls, too, as that one calls where the node has been", () => {
    const scene = calledByB();
    scene.links.handleSegments(["10.9.0.0/24"], scene.at);
    scene.calling.delete("b");
    scene.answer = () => "ROLE_CONFLICT";
    scene.run(500);
    expect(scene.order("b")?.endpoints).toEqual([]);
    scene.answer = () => "up";
    expect(scene.run(1_500).stateOf("b")).toBe("up");
    expect(scene.order("b")?.endpoints).toEqual([endpointOf(1)]);
  });

  test("is let in at once by a peer that called it before", () => {
    const scene = new LinksScene()
      .nodes("a")
      .relays("b")
      .announce("b", [endpointOf(1)]);
    scene.answer = () => "up";
    scene.run(MINUTE).answer = () => "NO_ANSWER";
    scene.run(500);
    scene.answer = () => "ROLE_CONFLICT";
    scene.run(200);
    expect(scene.order("b")?.endpoints).toEqual([]);
    scene.calling.add("b");
    expect(scene.run(200).stateOf("b")).toBe("up");
  });

  test("and one that has not waits for them to call again", () => {
    const scene = calledByB();
    scene.calling.delete("b");
    scene.run(LET_IN_MS / 2);
    expect(scene.order("b")?.endpoints).toEqual([]);
    scene.calling.add("b");
    expect(scene.run(200).stateOf("b")).toBe("up");
  });
});

describe("what is called", () => {
  test("is called for three seconds and three endpoints of a node, one in a second in the long run, whatever a node publishes", () => {
    const victims = Array.from({ length: 14 }, (_, at) => endpointOf(at + 1));
    const scene = new LinksScene().nodes("a").relays("evil").announce("evil", victims).run(12_000);
    expect(scene.called.size).toBe(TRIES);
    for (const ms of scene.called.values()) expect(ms).toBeLessThanOrEqual(CALL_MS + 200);
    scene.run(HOUR);
    const most = Math.max(
      ...scene.begun.map((at) => scene.begun.filter((each) => each >= at && each < at + 10_000).length),
    );
    expect(most).toBeLessThanOrEqual(4 + 10);
    expect(scene.links.calls.held).toBe(0);
    // A node that never answers is left alone for longer and longer.
    const all = [...scene.called.values()].reduce((sum, ms) => sum + ms, 0);
    expect(all).toBeLessThan(HOUR / 20);
  });

  test("keeps nobody waiting when it never answered, and has nothing looked at all the time", () => {
    const scene = new LinksScene()
      .nodes("a")
      .relays("b", "c", "d")
      .announce("b", [endpointOf(1)])
      .announce("c", [endpointOf(2)]);
    scene.answer = ({ endpoints }) => (endpoints[0] === endpointOf(2) ? "NO_ANSWER" : "up");
    scene.run(2 * MINUTE);
    expect(scene.links.nextTimeout(scene.at) - scene.now).toBeGreaterThan(100);
    scene.announce("d", [endpointOf(3)]).run(MINUTE);
    expect([scene.stateOf("b"), scene.stateOf("d")]).toEqual(["up", "up"]);
  });

  test("is called once in ten minutes by a node that has other links, if it never answered", () => {
    const scene = amongRelays().run(10_000);
    scene.relays("evil").announce("evil", [endpointOf(200)]);
    // All others but one are gone, too, so that it looks for links.
    const [left] = up(scene);
    scene.answer = ({ peer }) => (peer === left ? "up" : "NO_ANSWER");
    scene.run(9 * MINUTE);
    expect(scene.called.get(endpointOf(200)) ?? 0).toBeLessThanOrEqual(CALL_MS + 200);
    expect(scene.called.has(endpointOf(200))).toBe(true);
  });

  test("is settled where both call: the first by name goes on, and the other one lets it in", () => {
    const both = (node: string, peer: string): LinksScene => {
      const scene = new LinksScene(node)
        .nodes(node)
        .relays(peer)
        .announce(peer, [endpointOf(1)]);
      scene.answer = () => "ROLE_CONFLICT";
      return scene.run(1_000);
    };
    expect(both("a", "b").order("b")?.endpoints).toEqual([endpointOf(1)]);
    expect(both("b", "a").order("a")?.endpoints).toEqual([]);
  });

  test("of two relays the second by name lets the first one in, and calls after a while", () => {
    const scene = new LinksScene("b")
      .relays("a", "b")
      .announce("a", [endpointOf(1)])
      .run(2_000);
    expect(scene.order("a")?.endpoints).toEqual([]);
    scene.run(5_000);
    expect(scene.order("a")?.endpoints).toEqual([endpointOf(1)]);
    expect(
      new LinksScene("a")
        .relays("a", "b")
        .announce("b", [endpointOf(1)])
        .run(1_000)
        .order("b")?.endpoints,
    ).toEqual([endpointOf(1)]);
  });

  test("an order that the door refuses is made without new links for a minute, and keeps those that are there", () => {
    const scene = amongRelays().run(10_000);
    const before = scene.orders;
    scene.refused = { code: "ERR_OVERLAY_LINKS_MAX", text: "too many", advice: "" };
    scene.relays("x1").run(100);
    scene.knock("x1");
    scene.run(30_000);
    expect(scene.orders).toEqual(before);
    expect(scene.links.refusals.count).toBe(1);
    expect(scene.news).toMatchObject([{ code: "LINKS_REFUSED" }]);
  });
});

test("an agent that comes back takes its links over as they are", () => {
  const scene = amongRelays().run(10_000);
  const next = amongRelays();
  next.now = scene.now;
  next.view = scene.view;
  next.links.handleView(next.view, next.at);
  next.links.advance(next.at);
  expect(next.links.orders(next.at.wall)).toEqual(scene.orders);
});
