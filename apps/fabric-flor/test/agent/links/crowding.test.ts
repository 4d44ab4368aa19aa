import { describe, expect, test } from "vitest";
import { Crowding } from "../../../src/agent/links/crowding.ts";
import { amongRelays, BOUNDS, endpointOf, LinksScene } from "./links-scene.ts";

const MINUTE = 60_000;
const RELAYS = Array.from({ length: 8 }, (_, at) => `r${at}`);

const up = (scene: LinksScene): string[] => RELAYS.filter((name) => scene.stateOf(name) === "up");
const announce = (scene: LinksScene, name: string, isCrowded: boolean): LinksScene =>
  scene.announce(name, [endpointOf(1 + RELAYS.indexOf(name))], [], isCrowded ? ["crowded"] : []);

describe("a node that lets others in", () => {
  test.each([
    ["three quarters of its links", { links: 96, most: 128, load: 0 }, true],
    ["fewer", { links: 95, most: 128, load: 0 }, false],
    ["no place at all", { links: 0, most: 0, load: 0 }, false],
    ["a processor, memory or sockets that are busy", { links: 0, most: 128, load: 90 }, true],
    ["less busy ones", { links: 0, most: 128, load: 89 }, false],
  ])("with %s is crowded or not", (_, fullness, isCrowded) => {
    expect(new Crowding().look(fullness, 0)).toBe(isCrowded);
  });

  test("stays crowded until there is less than 60 percent, and says nothing else within a minute", () => {
    const crowding = new Crowding();
    const look = (links: number, now: number): boolean => crowding.look({ links, most: 100, load: 0 }, now);
    expect(look(75, 0)).toBe(true);
    expect(look(10, MINUTE - 1)).toBe(true);
    expect(look(60, MINUTE)).toBe(true);
    expect(look(59, MINUTE)).toBe(false);
    expect(look(100, MINUTE + 1)).toBe(false);
    expect(look(74, 3 * MINUTE)).toBe(false);
    expect(look(75, 3 * MINUTE)).toBe(true);
  });

  test("is told by its links, and lets in whoever comes while there are places", () => {
    const scene = new LinksScene("r0", { ...BOUNDS, linksMax: 8 }).relays("r0");
    scene.run(1_000);
    expect(scene.links.capabilities(0, scene.at)).toEqual([]);
    for (let count = 0; count < 8; count++) {
      const name = `n${count}`;
      scene.nodes(name).calling.add(name);
      scene.knock(name);
      scene.run(1_000);
      expect(scene.stateOf(name)).toBe("up");
      expect(scene.links.capabilities(0, scene.at)).toEqual(count >= 5 ? ["crowded", "few-places"] : []);
    }
    scene.nodes("n8").calling.add("n8");
    scene.knock("n8");
    scene.run(1_000);
    expect(scene.stateOf("n8")).toBeUndefined();
  });

  test("counts no candidates, as these make room: whoever has certificates and no record drives nobody away", () => {
    const scene = new LinksScene("r0", { ...BOUNDS, linksMax: 8 })
      .relays("r0")
      .nodes("n0", "n1", "n2", "n3", "n4", "n5");
    scene.run(1_000);
    const come = (name: string): void => {
      scene.calling.add(name);
      scene.knock(name);
      scene.run(1_000);
      expect(scene.stateOf(name)).toBe("up");
    };
    for (const name of ["x0", "x1", "x2", "x3", "n0", "n1", "n2", "n3"]) come(name);
    expect([scene.links.candidates, scene.links.capabilities(0, scene.at)]).toEqual([4, []]);
    for (const name of ["n4", "n5"]) come(name);
    expect([scene.links.candidates, scene.links.capabilities(0, scene.at)]).toEqual([2, ["crowded", "few-places"]]);
  });

  test("is not crowded where it is an edge, however many links it has", () => {
    const scene = new LinksScene("a", { ...BOUNDS, linksMax: 2 }).nodes("a", "b", "c");
    for (const name of ["b", "c"]) {
      scene.calling.add(name);
      scene.knock(name);
    }
    scene.run(1_000);
    expect(scene.links.capabilities(100, scene.at)).toEqual([]);
  });
});

describe("an edge", () => {
  test("chooses nodes that are not crowded, whatever else speaks for others, and crowded ones where there are no more", () => {
    const scene = amongRelays();
    scene.now = 1_000;
    for (const name of RELAYS.slice(0, 4)) announce(scene, name, true);
    expect(up(scene.run(10_000))).toEqual(RELAYS.slice(4));
    const few = amongRelays();
    few.now = 1_000;
    for (const name of RELAYS.slice(0, 7)) announce(few, name, true);
    expect(up(few.run(10_000))).toHaveLength(4);
    expect(few.stateOf("r7")).toBe("up");
    expect(few.links.places.ranked.at(-1)!.reasons).toContain("crowded");
  });

  test("leaves a crowded one once it has another link for a minute, at a moment of its own, and has three all the time", () => {
    const leftAfter = ["a", "b", "c", "e"].map((node) => {
      const scene = amongRelays(node).run(MINUTE);
      const [crowded] = up(scene);
      announce(scene, crowded!, true);
      let minutes = 0;
      for (; scene.stateOf(crowded!) === "up" && minutes < 15; minutes++) {
        scene.run(MINUTE);
        // An announcement lives 15 minutes.
        for (const name of RELAYS) announce(scene, name, name === crowded);
        expect(up(scene).length).toBeGreaterThanOrEqual(3);
        expect(up(scene).length).toBeLessThanOrEqual(4);
      }
      expect(scene.stateOf(crowded!)).toBeUndefined();
      expect(scene.links.crowded.left).toBe(1);
      return minutes;
    });
    expect(new Set(leftAfter).size).toBeGreaterThan(1);
  });

  test.each<[string, (scene: LinksScene, crowded: string) => void]>([
    ["serves what is wanted here", (scene, crowded) => (scene.hosts = [crowded])],
    [
      "is in use by a route",
      (scene, crowded) => {
        const route = { path: "auto.web.d", route: `${crowded}>d`, inUse: ["reliable"], failure: null } as const;
        scene.view = { ...scene.view, routes: [{ ...route, measured: null, rate: 0 }] };
      },
    ],
  ])("stays with one that %s", (_, set) => {
    const scene = amongRelays().run(MINUTE);
    const [crowded] = up(scene);
    set(scene, crowded!);
    for (let minute = 0; minute < 20; minute++) {
      for (const name of RELAYS) announce(scene, name, name === crowded);
      scene.run(MINUTE);
    }
    expect(scene.stateOf(crowded!)).toBe("up");
    expect(scene.links.crowded.left).toBe(0);
  });

  test("stays where all are crowded, and where no other one answers", () => {
    const all = amongRelays().run(MINUTE);
    const scene = amongRelays().run(MINUTE);
    const [first, ...others] = up(scene);
    const before = up(all);
    scene.answer = ({ peer }) => ([first, ...others].includes(peer) ? "up" : "NO_ANSWER");
    for (let minute = 0; minute < 30; minute++) {
      for (const name of RELAYS) announce(all, name, true);
      for (const name of RELAYS) announce(scene, name, name === first || name === others[0]);
      for (const each of [all, scene]) each.run(MINUTE);
    }
    expect(up(all)).toEqual(before);
    // A fourth link is more than an edge keeps, and three are left of which one is crowded.
    expect(up(scene)).toHaveLength(3);
    expect(up(scene)).toEqual(expect.arrayContaining(others.slice(1)));
  });

  test("makes room where all that say how they are have few places, though another one is off", () => {
    const names = ["r0", "r1", "r2"];
    const scene = new LinksScene().nodes("a").relays(...names, "dark");
    scene.answer = () => "up";
    for (const name of names)
      scene.announce(name, [endpointOf(1 + RELAYS.indexOf(name))], [], ["crowded", "few-places"]);
    expect(up(scene.run(10_000))).toEqual(names);
    expect(up(scene.run(5 * MINUTE))).toHaveLength(1);
    scene.announce("dark", [endpointOf(9)]).run(1_000);
    expect(scene.links.places.known.isTight).toBe(false);
  });

  test("does not take it for so where no relay says anything", () => {
    const scene = new LinksScene().nodes("a").relays("dark").run(1_000);
    expect(scene.links.places.known.isTight).toBe(false);
  });

  test("is driven to and fro by nobody: one that says so time and again is left once, and no other link is given up within 5 minutes", () => {
    const scene = amongRelays().run(MINUTE);
    for (let minute = 0; minute < 30; minute++) {
      // All relays in use are captured, and lie by turns.
      for (const name of RELAYS) announce(scene, name, up(scene).includes(name) && minute % 3 !== 2);
      scene.run(MINUTE);
      expect(up(scene).length).toBeGreaterThanOrEqual(3);
    }
    expect(scene.links.crowded.left).toBeLessThanOrEqual(6);
  });
});
