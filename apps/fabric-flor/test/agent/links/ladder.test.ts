/** A node whose links are all gone, in virtual time: on which rung it finds others again, how soon, and whom it calls meanwhile. */
import { describe, expect, test } from "vitest";
import {
  ALONE_TOLD_MS,
  ANEW_MS,
  CALL_MS,
  REST_ALONE_MS,
  REST_MS_MAX,
  RUNG_MS,
  WORKED_NODES_MAX,
} from "../../../src/agent/links/limits.ts";
import { Ladder } from "../../../src/agent/links/ladder.ts";
import { endpointOf, LinksScene } from "./links-scene.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Node a with links to three relays, whose announcements are in force; two more are seeds, and have no announcement. */
function linked(): LinksScene {
  const names = ["r0", "r1", "r2"];
  const scene = new LinksScene().nodes("a").relays(...names, "s0", "s1");
  scene.seeds("s0", "s1");
  for (const [at, name] of names.entries()) scene.announce(name, [endpointOf(20 + at)]);
  scene.answer = () => "up";
  return scene.run(2 * MINUTE);
}

/** Only these endpoints answer. */
function answering(...hosts: readonly number[]): LinksScene["answer"] {
  const all = new Set(hosts.map(endpointOf));
  return ({ endpoints }) => (all.has(endpoints[0]!) ? "up" : "NO_ANSWER");
}

const isLinked = (scene: LinksScene): boolean => scene.view.links.some(({ state }) => state === "up");

/** Milliseconds until a link is up. */
function backIn(scene: LinksScene, withinMs: number): number {
  const beganAt = scene.now;
  scene.run(200);
  while (!isLinked(scene)) {
    if (scene.now - beganAt > withinMs)
      throw new Error(`no link after ${withinMs} ms, on rung ${scene.links.ladder.rung}`);
    scene.run(100);
  }
  return scene.now - beganAt;
}

describe("a node whose links are all gone", () => {
  test("finds others by what they announce: rung 1", () => {
    const scene = linked();
    scene.answer = () => "NO_ANSWER";
    scene.run(1_000);
    scene.relays("r9").announce("r9", [endpointOf(99)]);
    scene.answer = answering(99);
    expect(backIn(scene, MINUTE)).toBeLessThanOrEqual(2 * CALL_MS);
    expect(scene.news).toEqual([]);
  });

  test("finds them where links were up before, when announcements have long ended and after a restart: rung 2", () => {
    const scene = linked();
    // All relays move, say so, and are called there; then the node is off for longer than any of that lives.
    for (const at of [0, 1, 2]) scene.announce(`r${at}`, [endpointOf(30 + at)]);
    scene.answer = answering(30, 31, 32);
    scene.run(2 * MINUTE);
    expect(isLinked(scene)).toBe(true);
    scene.now += HOUR;
    scene.restart();
    scene.called.clear();
    // A single relay is back where it was before.
    scene.answer = answering(21);
    expect(backIn(scene, MINUTE)).toBeLessThanOrEqual(2 * RUNG_MS);
    expect(scene.stateOf("r1")).toBe("up");
    expect(scene.called.has(endpointOf(1))).toBe(false);
  });

  test("finds seeds where nothing else is left: rung 3", () => {
    const scene = linked();
    scene.answer = answering(2);
    expect(backIn(scene, MINUTE)).toBeLessThanOrEqual(3 * RUNG_MS);
    expect(scene.stateOf("s1")).toBe("up");
  });

  test("tells that nobody answers, and is back at once by a record that somebody hands in: rung 4", () => {
    const scene = linked();
    scene.answer = () => "NO_ANSWER";
    scene.run(10 * MINUTE);
    expect(scene.news).toMatchObject([{ level: "warn", code: "NOBODY_ANSWERS" }]);
    expect([scene.links.ladder.rung, scene.links.ladder.isTold]).toEqual(["in-hand", true]);
    scene.relays("r9").announce("r9", [endpointOf(99)]);
    scene.answer = answering(99);
    expect(backIn(scene, MINUTE)).toBeLessThanOrEqual(ANEW_MS);
    scene.run(1_000);
    expect(scene.news.map(({ code }) => code)).toEqual(["NOBODY_ANSWERS", "ANSWERED_AGAIN"]);
    expect(scene.links.ladder.rung).toBeUndefined();
  });

  test("calls the endpoint that a newer record of seeds names before all others, also of a node that it calls elsewhere", () => {
    const scene = linked();
    scene.answer = () => "NO_ANSWER";
    scene.run(5 * MINUTE);
    scene.called.clear();
    scene.seeds("s1", "s0", "r0", "r1");
    scene.run(ANEW_MS + 500);
    // Its place in the list is the last octet of its endpoint.
    scene.answer = answering(3);
    expect(backIn(scene, MINUTE)).toBeLessThanOrEqual(CALL_MS);
    expect(scene.stateOf("r0")).toBe("up");
  });

  test("is back at once where its network changes, however long nobody has answered", () => {
    const scene = linked();
    scene.links.handleSegments(["10.0.0.0/24"], scene.at);
    scene.answer = () => "NO_ANSWER";
    scene.run(HOUR);
    scene.answer = answering(20, 21, 22);
    scene.links.handleSegments(["10.9.0.0/24"], scene.at);
    expect(backIn(scene, MINUTE)).toBeLessThanOrEqual(ANEW_MS + 2 * CALL_MS);
  });

  test.each([
    [1, MINUTE, 30_000],
    [10, 10 * MINUTE, 2 * MINUTE],
    [60, HOUR, 10 * MINUTE],
  ])("that was alone for %i minutes finds others within the pause of that time", (_, aloneMs, withinMs) => {
    const scene = linked();
    scene.answer = () => "NO_ANSWER";
    scene.run(aloneMs);
    scene.answer = answering(20, 21, 22);
    expect(backIn(scene, HOUR)).toBeLessThanOrEqual(withinMs);
  });

  test("calls less and less often, and for ever", () => {
    const scene = linked();
    scene.answer = () => "NO_ANSWER";
    const callsIn = (ms: number): number => {
      const before = scene.begun.length;
      scene.run(ms);
      return scene.begun.length - before;
    };
    const first = callsIn(10 * MINUTE);
    scene.run(HOUR);
    const later = callsIn(30 * MINUTE) / 3;
    expect(first).toBeGreaterThan(5 * later);
    expect(later).toBeGreaterThan(0);
    // Eight endpoints, of which each is called once in ten minutes or less.
    expect(later).toBeLessThan(16);
  });

  test("calls nobody whom records have not let in, nor whoever was taken back", () => {
    const scene = linked();
    scene.now += HOUR;
    scene.void("r0");
    scene.answer = () => "NO_ANSWER";
    scene.restart();
    scene.called.clear();
    scene.run(10 * MINUTE);
    expect([...scene.called.keys()].toSorted()).toEqual([1, 2, 21, 22].map(endpointOf).toSorted());
    expect([...scene.kept.keys()].toSorted()).toEqual(["r1", "r2"]);
  });

  test("remembers no victim that somebody announces, and calls it seldom", () => {
    const scene = linked();
    const victim = endpointOf(200);
    scene.announce("r0", [victim, endpointOf(20)]);
    scene.run(5 * MINUTE);
    scene.answer = () => "NO_ANSWER";
    scene.run(5 * MINUTE);
    expect([...scene.kept.values()].join()).not.toContain(victim);
    scene.now += HOUR;
    scene.restart();
    scene.called.clear();
    scene.run(HOUR);
    expect(scene.called.has(victim)).toBe(false);
    // Whoever is remembered is called for so long in an hour, and no longer.
    for (const ms of scene.called.values()) expect(ms).toBeLessThan(HOUR / 30);
  });

  test("climbs beside a candidate: anybody with a certificate may call, and such a link is none", () => {
    const scene = linked();
    scene.answer = () => "NO_ANSWER";
    scene.run(1_000);
    scene.knock("stranger");
    scene.calling.add("stranger");
    scene.run(10_000);
    expect(scene.stateOf("stranger")).toBe("up");
    scene.answer = answering(2);
    scene.run(3 * RUNG_MS);
    expect(scene.stateOf("s1")).toBe("up");
  });

  test("remembers few of many nodes", () => {
    const scene = new LinksScene().nodes("a");
    const names = Array.from({ length: 100 }, (_, at) => `r${at}`);
    scene.relays(...names);
    scene.answer = () => "up";
    for (const [at, name] of names.entries()) {
      scene.announce(name, [`udp://198.51.100.${at}:4433`]);
      scene.links.handleAsks([name], scene.at);
      scene.run(15_000);
    }
    expect(scene.kept.size).toBeLessThanOrEqual(WORKED_NODES_MAX);
    expect(scene.kept.size).toBeGreaterThan(8);
  });
});

test("a node that knows nobody tells nothing: it may be the first one", () => {
  const scene = new LinksScene().nodes("a").run(HOUR);
  expect([scene.news, scene.links.ladder.rung]).toEqual([[], "in-hand"]);
  // Nothing wakes it all the time, either.
  expect(scene.links.ladder.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
});

describe("the ladder", () => {
  test("climbs when a rung has had its time, and tells once", () => {
    const ladder = new Ladder();
    const rungs: (string | undefined)[] = [];
    const news: (string | undefined)[] = [];
    for (let now = 0; now <= ALONE_TOLD_MS + RUNG_MS; now += RUNG_MS) {
      news.push(ladder.look(true, true, now).news?.code);
      rungs.push(ladder.rung);
    }
    expect(rungs).toEqual(["living", "worked", "seeds", "in-hand", "in-hand"]);
    expect(news.filter((code) => code !== undefined)).toEqual(["NOBODY_ANSWERS"]);
    expect(ladder.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(ladder.look(false, true, 60_000).news?.code).toBe("ANSWERED_AGAIN");
  });

  test("begins anew by a flood of hopeful records once in five seconds", () => {
    const ladder = new Ladder();
    let begun = 0;
    for (let now = 0; now < MINUTE; now += 100) {
      ladder.handleHope();
      if (ladder.look(true, true, now).isAnew) begun++;
    }
    expect(begun).toBeLessThanOrEqual(MINUTE / ANEW_MS);
    expect(begun).toBeGreaterThan(5);
  });

  test("has pauses that grow with the silence, up to a bound", () => {
    const ladder = new Ladder();
    ladder.look(true, true, 0);
    expect([0, 2 * MINUTE, 16 * MINUTE, 10 * HOUR].map((now) => ladder.pauseMs(now))).toEqual([
      REST_ALONE_MS,
      REST_ALONE_MS,
      2 * MINUTE,
      REST_MS_MAX,
    ]);
  });
});
