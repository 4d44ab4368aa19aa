import { describe, expect, test } from "vitest";
import { CANDIDATES_MAX, HEARD_MS, KNOCK_MS, LET_IN_MS } from "../../../src/agent/links/limits.ts";
import { MOST } from "../../../src/agent/misuse/limits.ts";
import { amongRelays, BOUNDS, endpointOf, LinksScene } from "./links-scene.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("who knocks", () => {
  test("with a record is let in as a neighbour, and without one as a candidate that becomes a neighbour with its record", () => {
    const scene = new LinksScene().nodes("a", "b");
    scene.run(100);
    scene.knock("b");
    scene.knock("new");
    scene.run(100);
    expect(scene.order("b")).not.toHaveProperty("rate");
    expect(scene.order("new")).toMatchObject({ endpoints: [], rate: 64_000 });
    expect([scene.links.isCandidate("b"), scene.links.isCandidate("new")]).toEqual([false, true]);
    scene.calling.add("new");
    scene.run(10 * MINUTE);
    expect(scene.order("new")).toMatchObject({ rate: 64_000 });
    expect(scene.order("new")!.until).toBeLessThanOrEqual(scene.at.wall + LET_IN_MS);
    // Node b did not come, and is forgotten.
    expect(scene.order("b")).toBeUndefined();
    scene.nodes("new").run(100);
    expect(scene.order("new")).not.toHaveProperty("rate");
    expect(scene.order("new")!.until).toBeGreaterThan(scene.at.wall + HOUR);
  });

  test("shortly before the agent began is let in, and nobody who did so long ago", () => {
    const scene = new LinksScene().nodes("a", "b", "c").run(100);
    scene.knock("b", undefined, KNOCK_MS);
    scene.knock("c", undefined, KNOCK_MS + 1);
    scene.run(100);
    expect([scene.order("b"), scene.order("c")]).toEqual([expect.anything(), undefined]);
  });

  test("without a record is one for a day at most", () => {
    const scene = new LinksScene().nodes("a").run(100);
    scene.calling.add("new");
    scene.knock("new");
    scene.run(1_000);
    expect(scene.stateOf("new")).toBe("up");
    scene.now += 24 * HOUR;
    expect(scene.run(1_000).order("new")).toBeUndefined();
  });

  test.each([
    ["at once where the neighbour before wants its link no more", "CLOSED", 0],
    ["a minute later where the neighbour before is only not heard, and may call again", "SILENT", LET_IN_MS],
  ])("is let in at the last place %s", (_, code, afterMs) => {
    const scene = new LinksScene("a", { linksMax: 1, dial: null }).nodes("a", "b", "c").run(100);
    const comesIn = (name: string): boolean => {
      scene.knock(name);
      return scene.run(200).stateOf(name) === "up";
    };
    for (const name of ["b", "c"]) scene.calling.add(name);
    expect([comesIn("b"), comesIn("c")]).toEqual([true, false]);
    scene.calling.delete("b");
    scene.lostAs.set("b", code);
    scene.run(500);
    if (afterMs > 0) expect(comesIn("c")).toBe(false);
    scene.run(afterMs);
    expect(comesIn("c")).toBe(true);
  });

  test("in vain all the time is looked at once in 2 s, and keeps the node of its name from nothing", () => {
    const scene = new LinksScene().nodes("a", "b").announce("b", [endpointOf(5)], ["cd".repeat(32)]);
    scene.run(100);
    const { dropped } = scene.links.knocks;
    for (let done = 0; done <= MOST.authentication.neighbour!; done++) scene.knock("b");
    scene.knock("b");
    scene.knock("b");
    expect(dropped.get("slowed")).toBe(1);
    scene.run(2_100);
    scene.knock("b");
    expect([dropped.get("slowed"), dropped.get("key")]).toEqual([1, MOST.authentication.neighbour! + 3]);
    scene.knock("b", "cd".repeat(32));
    expect(scene.run(100).order("b")).toBeDefined();
    expect(scene.misuse.shown(scene.at)).toMatchObject([{ of: "authentication", by: "neighbour", name: "b" }]);
  });

  test("was taken back, or shows another key than its node has announced, is not let in", () => {
    const scene = new LinksScene()
      .nodes("a", "b", "gone")
      .announce("b", [endpointOf(5)], ["cd".repeat(32)])
      .void("gone");
    scene.run(100);
    scene.knock("gone");
    scene.knock("b");
    scene.run(100);
    expect(scene.orders).toEqual([]);
    expect(Object.fromEntries(scene.links.knocks.dropped)).toEqual({ void: 1, key: 1 });
    scene.knock("b", "cd".repeat(32));
    expect(scene.run(100).order("b")).toBeDefined();
  });

  test("ten thousand strangers get 32 places, and a minute later the oldest makes room; links that are up notice nothing", () => {
    const scene = amongRelays().run(10_000);
    const before = [...scene.orders];
    for (let at = 0; at < 10_000; at++) {
      scene.knock(`stranger${at}`);
      if (at % 1_000 === 0) scene.run(100);
    }
    scene.run(100);
    expect(scene.links.candidates).toBe(CANDIDATES_MAX);
    expect(scene.links.knocks.dropped.get("strangers")).toBe(10_000 - CANDIDATES_MAX);
    expect(scene.orders.slice(0, before.length)).toEqual(before);
    for (const { peer } of scene.orders.slice(before.length)) scene.calling.add(peer);
    scene.run(2 * LET_IN_MS);
    expect(scene.links.candidates).toBe(CANDIDATES_MAX);
    scene.knock("honest");
    expect(scene.run(100).order("honest")).toBeDefined();
    expect(scene.links.candidates).toBe(CANDIDATES_MAX);
  });

  test("strangers that have knocked and gone elsewhere hold no place for a minute: one that comes is let in after the time of a call", () => {
    const scene = amongRelays().run(10_000);
    for (let at = 0; at < CANDIDATES_MAX; at++) scene.knock(`stranger${at}`);
    scene.run(HEARD_MS - 100);
    scene.knock("early");
    expect(scene.run(100).order("early")).toBeUndefined();
    scene.run(1_000);
    scene.knock("device");
    expect(scene.run(100).order("device")).toBeDefined();
    expect(scene.links.candidates).toBe(CANDIDATES_MAX);
  });

  test("as a stranger has half of the links at most, and makes room for a node", () => {
    const scene = new LinksScene("a", { ...BOUNDS, linksMax: 4 }).nodes("a", "b", "c", "d").run(100);
    for (let at = 0; at < 10; at++) scene.knock(`stranger${at}`);
    scene.run(100);
    expect(scene.links.candidates).toBe(2);
    for (const peer of ["b", "c", "d"]) scene.knock(peer);
    scene.run(100);
    expect(scene.orders.map(({ peer }) => peer)).toEqual(expect.arrayContaining(["b", "c", "d"]));
    expect(scene.orders.length).toBeLessThanOrEqual(4);
  });
});
