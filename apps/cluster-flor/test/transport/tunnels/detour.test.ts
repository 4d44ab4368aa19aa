import * as fc from "fast-check";
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { RETURN_MS, RETURN_MS_MAX } from "../../../src/transport/limits.ts";
import { Detour } from "../../../src/transport/tunnels/detour.ts";

type Act = "silent" | "ready" | "answered" | "down" | "unfit" | "lost" | "unneeded";

/** Has this happen at these times. Returns whether new streams went to the standby host behind each of them, and behind a timeout at its time. */
function follow(acts: readonly (readonly [number, Act | "time"])[]): boolean[] {
  const detour = new Detour();
  return acts.map(([at, act]) => {
    detour.handleTimeout(at);
    if (act === "silent") detour.handleSilent(at);
    else if (act === "ready") detour.handleReady(at);
    else if (act === "answered") detour.handleAnswered(at);
    else if (act === "down") detour.handleDown();
    else if (act === "unfit") detour.handleUnfit(at);
    else if (act === "lost") detour.handleLost();
    else if (act === "unneeded") detour.handleUnneeded(at);
    return detour.isTaken;
  });
}

test.each<[string, readonly (readonly [number, Act | "time", boolean])[]]>([
  [
    "a standby that is ready before its host is silent is not taken",
    [
      [0, "ready", false],
      [1, "silent", false],
    ],
  ],
  [
    "new streams return when the host has answered for a while",
    [
      [0, "silent", false],
      [10, "ready", true],
      [500, "answered", true],
      [499 + RETURN_MS, "time", true],
      [500 + RETURN_MS, "time", false],
    ],
  ],
  [
    "a silence within that time begins it anew",
    [
      [0, "silent", false],
      [10, "ready", true],
      [500, "answered", true],
      [900, "silent", true],
      [2_000, "answered", true],
      [1_999 + RETURN_MS, "time", true],
      [2_000 + RETURN_MS, "time", false],
    ],
  ],
  [
    "the time is twice as long when the host is silent again soon",
    [
      [0, "silent", false],
      [0, "ready", true],
      [0, "answered", true],
      [RETURN_MS, "time", false],
      [RETURN_MS + 1, "silent", false],
      [RETURN_MS + 1, "ready", true],
      [RETURN_MS + 1, "answered", true],
      [3 * RETURN_MS, "time", true],
      [3 * RETURN_MS + 1, "time", false],
    ],
  ],
  [
    "so does the end of its connection, until it has answered anew",
    [
      [0, "silent", false],
      [10, "ready", true],
      [500, "answered", true],
      [600, "down", true],
      [10_000, "time", true],
      [10_000, "answered", true],
      [9_999 + RETURN_MS, "time", true],
      [10_000 + RETURN_MS, "time", false],
    ],
  ],
  [
    "the end of a connection that is not silent leads nowhere else",
    [
      [0, "down", false],
      [1, "ready", false],
    ],
  ],
  [
    "a standby that was good for long is left alone for the shortest time",
    [
      [0, "silent", false],
      [0, "ready", true],
      [1, "unfit", false],
      [1 + RETURN_MS, "ready", true],
      [2 + RETURN_MS, "unfit", false],
      [2 + 3 * RETURN_MS, "ready", true],
      [2 + 3 * RETURN_MS + RETURN_MS_MAX, "unfit", false],
      [1 + 4 * RETURN_MS + RETURN_MS_MAX, "ready", false],
      [2 + 4 * RETURN_MS + RETURN_MS_MAX, "ready", true],
    ],
  ],
  [
    "a standby that is ready only when the host has answered is not taken",
    [
      [0, "silent", false],
      [300, "answered", false],
      [400, "ready", false],
    ],
  ],
  [
    "another standby has to be ready itself",
    [
      [0, "silent", false],
      [10, "ready", true],
      [20, "lost", false],
      [30, "ready", true],
    ],
  ],
  [
    "a silence that nothing uses ends, and the next one begins as any",
    [
      [0, "silent", false],
      [10, "ready", true],
      [500, "unneeded", false],
      [600, "ready", false],
      [700, "silent", false],
      [700, "ready", true],
    ],
  ],
  [
    "a standby that is silent itself is left at once, and taken again after a pause that doubles",
    [
      [0, "silent", false],
      [0, "ready", true],
      [400, "unfit", false],
      [500, "ready", false],
      [399 + RETURN_MS, "ready", false],
      [400 + RETURN_MS, "ready", true],
      [500 + RETURN_MS, "unfit", false],
      [499 + 3 * RETURN_MS, "ready", false],
      [500 + 3 * RETURN_MS, "ready", true],
      [501 + 3 * RETURN_MS, "answered", true],
      [502 + 3 * RETURN_MS, "unfit", false],
      [503 + 7 * RETURN_MS, "ready", false],
    ],
  ],
  [
    "an answer of a host that was not silent says nothing",
    [
      [0, "answered", false],
      [5_000, "silent", false],
      [5_001, "ready", true],
    ],
  ],
])("%s", (_, scene) => {
  expect(follow(scene.map(([at, act]) => [at, act]))).toEqual(scene.map(([, , isTaken]) => isTaken));
});

test("the time is the shortest one again behind a long one without a silence", () => {
  const detour = new Detour();
  const returnsAfter = (at: number): number => {
    detour.handleSilent(at);
    detour.handleAnswered(at);
    const returnMs = detour.nextTimeout - at;
    detour.handleTimeout(at + returnMs);
    return returnMs;
  };
  let at = 0;
  const times = Array.from({ length: 9 }, () => {
    const returnMs = returnsAfter(at);
    at += returnMs;
    return returnMs;
  });
  expect(times).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((times) => times * RETURN_MS));
  expect(returnsAfter(at + RETURN_MS_MAX)).toBe(RETURN_MS);
});

test("a pause is a timeout, while the standby would be taken", () => {
  const detour = new Detour();
  detour.handleSilent(0);
  detour.handleReady(0);
  detour.handleUnfit(10);
  expect(detour.nextTimeout).toBe(Number.POSITIVE_INFINITY);
  detour.handleReady(20);
  expect(detour.nextTimeout).toBe(10 + RETURN_MS);
  detour.handleReady(10 + RETURN_MS);
  expect([detour.isTaken, detour.nextTimeout]).toEqual([true, Number.POSITIVE_INFINITY]);
});

test("whatever the two hosts do, new streams go to and fro a few times a minute", () => {
  const act = fc.tuple(fc.nat(1_500), fc.constantFrom<Act>("silent", "ready", "answered", "down", "unfit", "unneeded"));
  const steady = Array.from({ length: 300 }, (): [number, Act][] => [
    [300, "silent"],
    [0, "ready"],
    [0, "answered"],
    [1_100, "ready"],
  ]).flat();
  const flickering = Array.from({ length: 300 }, (): [number, Act][] => [
    [100, "silent"],
    [100, "ready"],
    [100, "unfit"],
  ]).flat();
  const property = fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
    let at = 0;
    const timed = acts.map(([ms, each]): readonly [number, Act] => [(at += ms), each]);
    const isTaken = follow(timed);
    const taken = timed.flatMap(([time], index) => (isTaken[index] && !isTaken[index - 1] ? [time] : []));
    for (const time of taken) {
      expect(taken.filter((other) => other >= time && other < time + 60_000).length).toBeLessThanOrEqual(13);
    }
  });
  fc.assert(property, { numRuns: runs(2_000, 300), examples: [[steady], [flickering]] });
});
