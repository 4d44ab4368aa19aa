import { describe, expect, test } from "vitest";
import { judgeGrants, readGrantOrder } from "../../src/overlay/grant-order.ts";
import { GRANT_MS_MAX, GRANTS_MAX } from "../../src/overlay/limits.ts";

const life = { startedAt: 5, id: "00000000000000b0" };
const ground = { life: undefined, services: [{ service: "web", until: 0 }], bootNow: 50_000 };
const web = (until: number): object => ({ service: "web", until });
const text = (grants: readonly object[], more: object = {}): string => JSON.stringify({ life, grants, ...more });
const judged = (grants: readonly object[], more: object = {}): ReadonlyMap<string, number> =>
  judgeGrants(readGrantOrder(text(grants)), { ...ground, ...more });

describe("an order for grants", () => {
  test("says until when services are served", () => {
    expect(judged([web(50_000 + GRANT_MS_MAX)])).toEqual(new Map([["web", 60_000]]));
    expect(judged([])).toEqual(new Map());
    expect(judged([web(50_001)], { life })).toEqual(new Map([["web", 50_001]]));
  });

  test.each([
    ["that has ended", [web(50_000)], {}, "ERR_OVERLAY_ENDED"],
    ["of the time before a restart of the machine", [web(50_000_000)], {}, "ERR_OVERLAY_GRANT"],
    ["that lasts too long", [web(50_001 + GRANT_MS_MAX)], {}, "ERR_OVERLAY_GRANT"],
    ["for one service twice", [web(50_001), web(50_002)], {}, "ERR_OVERLAY_GRANT"],
    ["for a service without a leader", [{ service: "db", until: 50_001 }], {}, "ERR_OVERLAY_GRANT"],
    ["of an earlier life", [web(50_001)], { life: { startedAt: 6, id: life.id } }, "ERR_OVERLAY_LIFE"],
  ])("with one %s is refused as a whole", (_, grants, more, code) => {
    expect(() => judged(grants, more)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ["is no JSON", "{"],
    ["has no grants", JSON.stringify({ life })],
    ["has a member that nobody knows", text([], { base: 4 })],
    ["has a time that is no number", text([web("soon" as never)])],
    ["has a time before the start of the machine", text([web(-1)])],
    ["has too many", text(Array.from({ length: GRANTS_MAX + 1 }, (_, index) => web(index)))],
  ])("that %s is refused", (_, order) => {
    expect(() => readGrantOrder(order)).toThrow(expect.objectContaining({ code: "ERR_OVERLAY_FORM" }));
  });
});
