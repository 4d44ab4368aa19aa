import { describe, expect, test } from "vitest";
import { EDGE_LINKS } from "../../../src/agent/links/limits.ts";
import { amongRelays, endpointOf, LinksScene } from "./links-scene.ts";

const MINUTE = 60_000;

const up = (scene: LinksScene): string[] =>
  scene.view.links.filter(({ state }) => state === "up").map(({ peer }) => peer);

describe("a node that has lost its role as a relay", () => {
  test("keeps its link, and keeps nobody from a link to another relay", () => {
    const scene = amongRelays().run(10_000);
    const before = up(scene);
    for (const name of before.slice(1)) scene.noRelay(name);
    scene.run(MINUTE);
    expect(up(scene)).toEqual(expect.arrayContaining(before));
    expect(up(scene)).toHaveLength(before.length + EDGE_LINKS - 1);
  });

  test("has no more links made than twice as many as a node keeps, and one to a relay, however many lose it", () => {
    const scene = amongRelays().run(10_000);
    const lost = new Set<string>();
    for (let turn = 0; turn < 6; turn++) {
      const relay = up(scene).find((peer) => !lost.has(peer))!;
      lost.add(relay);
      scene.noRelay(relay).run(MINUTE);
    }
    expect(up(scene)).toHaveLength(2 * EDGE_LINKS + 1);
    expect(up(scene).filter((peer) => !lost.has(peer))).toHaveLength(1);
  });

  test("is called no more when its link is lost, but by a node that has no other one", () => {
    const scene = new LinksScene()
      .nodes("a")
      .relays("b", "c")
      .announce("b", [endpointOf(1)])
      .announce("c", [endpointOf(2)]);
    scene.answer = () => "up";
    scene.run(MINUTE).noRelay("c");
    scene.answer = ({ peer }) => (peer === "c" ? "NO_ANSWER" : "up");
    scene.run(2 * MINUTE).called.clear();
    scene.run(12 * MINUTE).announce("c", [endpointOf(2)]);
    scene.run(MINUTE);
    expect([up(scene), [...scene.called.keys()]]).toEqual([["b"], []]);
    scene.answer = ({ peer }) => (peer === "b" ? "NO_ANSWER" : "up");
    scene.run(MINUTE);
    expect(up(scene)).toEqual(["c"]);
  });
});
