import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Overlay, OverlayRoute } from "../../src/config/overlay.ts";
import type { OverlayOrder } from "../../src/overlay/overlay-order.ts";
import { OverlayState } from "../../src/overlay/overlay-state.ts";

const NOW = 1_000;
const life = { startedAt: 5, id: "00000000000000b0" };
const config = { vertex: "a", links: [{ name: "c", peer: "c" }], paths: [{ name: "auto.web.x" }] } as never;
const path = { name: "auto.web.c", link: "c", labels: [900], until: 2_000 };
const overlay: Overlay = { paths: [path], leads: [{ service: "web", path: path.name, until: 3_000 }], pins: new Map() };
const route: OverlayRoute = { link: "c", labels: [203, 900], via: ["c", "d"], until: 2_500 };
const routed = (...routes: readonly OverlayRoute[]): Partial<OverlayOrder> => {
  return { base: 1, overlay: { ...overlay, paths: [{ name: path.name, until: 2_000, routes }] } };
};
const order = (more: Partial<OverlayOrder> = {}): OverlayOrder => ({ base: 0, life, overlay, ...more });

const judge = (state: OverlayState, given: OverlayOrder): string => {
  try {
    return `taken ${state.judge(given, config, NOW, Math.random).generation}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("an overlay", () => {
  test("is judged without a change, and then taken", () => {
    const state = new OverlayState();
    const kept = state.judge(order(), config, NOW, Math.random);
    expect([state.generation, state.life, state.overlay.paths]).toEqual([0, undefined, []]);
    state.take(kept);
    expect([state.generation, state.life, state.overlay]).toEqual([1, life, { ...overlay, links: [] }]);
    state.clear();
    expect([state.generation, state.overlay.paths]).toEqual([0, []]);
  });

  test.each<[string, Partial<OverlayOrder>]>([
    ["ERR_OVERLAY_BASE", { base: 2 }],
    ["ERR_OVERLAY_LIFE", { base: 1, life: { ...life, startedAt: 4 } }],
    ["ERR_OVERLAY_LIFE", { base: 1, life: { ...life, id: "00000000000000a0" } }],
    ["ERR_OVERLAY_LINK", { base: 1, overlay: { ...overlay, paths: [{ ...path, link: "z" }] } }],
    ["ERR_OVERLAY_NAME", { base: 1, overlay: { ...overlay, paths: [{ ...path, name: "auto.web.x" }] } }],
    ["ERR_OVERLAY_ENDED", { base: 1, overlay: { ...overlay, paths: [{ ...path, until: NOW }] } }],
    ["ERR_OVERLAY_ENDED", { base: 1, overlay: { ...overlay, leads: [{ service: "web", until: NOW }] } }],
    ["ERR_OVERLAY_LINK", routed({ ...route, link: "z" })],
    ["ERR_OVERLAY_ENDED", routed({ ...route, until: NOW })],
    ["ERR_OVERLAY_ROUTE", routed({ ...route, via: ["b", "d"] })],
    ["ERR_OVERLAY_ROUTE", routed({ ...route, labels: [900] })],
    ["ERR_OVERLAY_ROUTE", routed({ ...route, labels: [1_001, 1_002, 900], via: ["c", "d", "c"] })],
    ["ERR_OVERLAY_ROUTE", routed({ ...route, via: ["c", "a"] })],
    ["ERR_OVERLAY_ROUTE", routed(route, { ...route, labels: [204, 900], via: ["c", "e"] })],
    ["ERR_OVERLAY_ROUTE", routed(route, route)],
    ["ERR_OVERLAY_ROUTE", routed({ ...route, avoid: { why: "fenced" } })],
    ["taken 2", routed(route, { ...route, labels: [204, 900], avoid: { why: "fenced" } })],
    ["taken 2", { base: 1 }],
    ["taken 2", { base: 1, life: { startedAt: 6, id: "0000000000000000" } }],
    ["taken 2", { base: 1, overlay: { ...overlay, paths: [{ ...path, link: undefined }] } }],
  ])("%s", (verdict, more) => {
    const state = new OverlayState({ generation: 1, life, overlay });
    expect(judge(state, order(more))).toBe(verdict);
    expect(state.generation).toBe(1);
  });

  test("ends with its first part that has not ended yet", () => {
    const state = new OverlayState({ generation: 1, life, overlay });
    expect([NOW, 1_999, 2_000, 2_999, 3_000].map((now) => state.nextEnd(now))).toEqual([
      2_000,
      2_000,
      3_000,
      3_000,
      Infinity,
    ]);
  });

  test("has one author: of two agents, whatever they post, the later life is never undone by the earlier one", () => {
    const posts = array(record({ who: constantFrom(0, 1, 2), lag: integer({ min: 0, max: 2 }) }));
    assert(
      property(posts, (all) => {
        const state = new OverlayState();
        const lives = [4, 5, 6].map((startedAt) => ({ startedAt, id: "00000000000000c0" }));
        let latest = 0;
        for (const { who, lag } of all) {
          const given = order({ base: Math.max(0, state.generation - lag), life: lives[who]! });
          const before = state.generation;
          const isTaken = judge(state, given).startsWith("taken");
          expect(isTaken).toBe(given.base === before && who >= latest);
          if (!isTaken) continue;
          state.take(state.judge(given, config, NOW, Math.random));
          latest = who;
          expect(state.generation).toBe(before + 1);
        }
      }),
    );
  });
});
