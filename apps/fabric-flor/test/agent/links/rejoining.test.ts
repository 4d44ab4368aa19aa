import { describe, expect, test } from "vitest";
import { EDGE_LINKS } from "../../../src/agent/links/limits.ts";
import { amongRelays, BOUNDS, endpointOf, type LinksScene } from "./links-scene.ts";

const up = (scene: LinksScene): string[] =>
  scene.view.links.filter(({ state }) => state === "up").map(({ peer }) => peer);

describe("a node that rejoins", () => {
  test("has no link before the door has let go of all of them, and forgets what it knew, also over a restart", () => {
    const scene = amongRelays().run(10_000);
    const before = scene.orders;
    expect(before).toHaveLength(EDGE_LINKS + 1);
    expect([...scene.kept.keys()]).toHaveLength(EDGE_LINKS + 1);
    scene.nodes("n").announce("n", [endpointOf(100)]);
    scene.links.handleAsks(["n"], scene.at);
    scene.links.handleRejoin();
    // The door is slow: the view that comes first is from before.
    for (let turn = 0; turn < 10; turn++, scene.now += 1_000) {
      scene.links.advance(scene.at);
      expect(scene.links.orders(scene.at.wall)).toEqual([]);
      expect(scene.links.nextTimeout(scene.at)).toBeGreaterThan(scene.at.now);
      scene.links.handleView(scene.view, scene.at);
    }
    scene.run(100);
    expect([scene.orders, up(scene), [...scene.kept]]).toEqual([[], [], []]);
    scene.run(10_000);
    expect(up(scene)).toHaveLength(EDGE_LINKS + 1);
    expect(scene.stateOf("n")).toBeUndefined();
  });

  test("and has made no link goes on at once", () => {
    const scene = amongRelays();
    scene.answer = () => "NO_ANSWER";
    scene.view = { ...scene.view, bounds: { linksMax: 0, dial: null } };
    scene.run(1_000).links.handleRejoin();
    scene.view = { ...scene.view, bounds: BOUNDS };
    scene.answer = () => "up";
    expect(up(scene.run(1_000))).toHaveLength(EDGE_LINKS + 1);
  });

  test("before it has seen the door takes over no link of an earlier life", () => {
    const scene = amongRelays().run(10_000);
    const next = amongRelays();
    next.links.handleRejoin();
    next.links.handleView(scene.view, next.at);
    next.links.advance(next.at);
    expect(next.links.orders(next.at.wall)).toEqual([]);
    expect(up(next.run(10_000))).toHaveLength(EDGE_LINKS + 1);
  });
});
