import { describe, expect, test } from "vitest";
import type { Chronicle, Episode } from "../src/chronicle.ts";
import type { Fault, FaultKind } from "../src/fault.ts";
import { findGrowth } from "../src/growth.ts";
import { Witness } from "../src/ledger.ts";
import { GROWTH_FDS_MAX, LATE_MS_MAX, PAUSE_MS_MAX } from "../src/limits.ts";
import { undisturbedPauses } from "../src/pauses.ts";
import { sumUp, verdictLines } from "../src/report.ts";
import type { Way } from "../src/terrain.ts";
import { judge, mayEnd, type Testimony, wasHeld } from "../src/verdict.ts";

function episode(
  kind: FaultKind,
  node: string,
  beganAt: number,
  mendedAt: number,
  recoveredAt: number,
  ways: readonly Way[] = [],
): Episode {
  const target = { on: "process", node, process: "cluster-flor" } as const;
  const fault: Fault = { number: 1, kind, atMs: beganAt, forMs: mendedAt - beganAt, ways, isAlone: true, target };
  return { fault, beganAt, mendedAt, recoveredAt };
}

describe("a connection that is lost", () => {
  const killed = episode("kill-end", "a", 100, 200, 300);
  test.each([
    { name: "was there when its end was killed", from: 50, to: 120, ends: ["a", "d"], may: true },
    { name: "was there then, and noticed it late", from: 50, to: 5_000, ends: ["a"], may: true },
    { name: "began while its end was away", from: 150, to: 160, ends: ["a"], may: true },
    { name: "ended before", from: 10, to: 90, ends: ["a"], may: false },
    { name: "began when all was whole again", from: 310, to: 400, ends: ["a"], may: false },
    { name: "has other ends", from: 50, to: 120, ends: ["n", "d"], may: false },
  ])("which $name: may end: $may", ({ from, to, ends, may }) => {
    expect(mayEnd({ from, to, text: "" }, ends, [killed])).toBe(may);
  });

  test.each(["kill", "stop", "cut", "outage", "reload", "apply", "list", "disk", "clock"] as const)(
    "may not end by the fault %s",
    (kind) => {
      expect(mayEnd({ from: 50, to: 120, text: "" }, ["a"], [episode(kind, "a", 100, 200, 300)])).toBe(false);
    },
  );

  test("may end by the kill of an end that goes on to the end of the run", () => {
    const going = { ...killed, mendedAt: undefined, recoveredAt: undefined };
    expect(mayEnd({ from: 250, to: 5_000, text: "" }, ["a"], [going])).toBe(true);
  });
});

test("a datagram was held where a process stood still while it was under way, and by no other fault", () => {
  const delay = { sentAt: 1_000, receivedAt: 2_000 };
  expect(wasHeld(delay, [episode("stop", "a", 1_100, 3_000, 3_500)])).toBe(true);
  expect(wasHeld(delay, [episode("stop", "a", 100, 900, 950)])).toBe(false);
  expect(wasHeld(delay, [episode("cut", "a", 1_100, 3_000, 3_500)])).toBe(false);
});

describe("a pause", () => {
  const lower = episode("cut", "a", 100, 200, 300, ["lower"]);
  const pause = { from: 150, to: 250 };
  test("is undisturbed while the other path is struck, and when all is whole", () => {
    expect(undisturbedPauses([pause], "upper", [lower])).toEqual([pause]);
    expect(undisturbedPauses([pause], "lower", [lower])).toEqual([]);
    expect(undisturbedPauses([pause], "lower", [episode("reload", "c", 100, 100, 300, ["lower"])])).toEqual([pause]);
    const later = { from: 310, to: 400 };
    expect(undisturbedPauses([later], "lower", [lower])).toEqual([later]);
  });

  test("is one of the other path after paths have changed places", () => {
    const apply = episode("apply", "a", 10, 50, 60);
    expect(undisturbedPauses([pause], "upper", [apply, lower])).toEqual([]);
    expect(undisturbedPauses([pause], "lower", [apply, lower])).toEqual([pause]);
    expect(undisturbedPauses([pause], "nat", [apply, lower])).toEqual([pause]);
  });
});

describe("the verdict", () => {
  const cut = episode("cut", "a", 100, 200, 300);
  function testimony(say: (witness: Witness) => void): Testimony {
    const witness = new Witness("things");
    witness.right(5);
    say(witness);
    return { name: "talk", ends: ["a"], way: "upper", observations: witness.observations };
  }
  function verdictOn(say: (witness: Witness) => void, missing = ""): ReturnType<typeof judge> {
    const chronicle: Chronicle = { episodes: [cut], recoveries: [{ faults: [cut.fault], ms: 1_500, missing }] };
    return judge(chronicle, [testimony(say)], []);
  }

  test("is good when all is right", () => {
    const judgements = verdictOn(() => {});
    expect(judgements.map(({ name, findings }) => [name, findings])).toEqual([
      ["workload: talk", []],
      ["recovery: cut", []],
    ]);
    expect(judgements[1]!.figures).toBe("1 times; recovered in 1.5 s (median), 1.5 s at most");
    expect(sumUp(judgements, 1)).toEqual({ passed: 2, failed: 0, skipped: 1, failures: [] });
  });

  test("names wrong bytes, connections lost with what went on then, and what is late", () => {
    const judgements = verdictOn((witness) => {
      witness.wrong("other bytes");
      witness.lost({ from: 50, to: 150, text: "ECONNRESET" });
      witness.late({ sentAt: 0, receivedAt: LATE_MS_MAX + 1 });
    });
    expect(judgements[0]!.findings).toEqual([
      "other bytes",
      "a connection was lost: ECONNRESET; faults: 1 cut a cluster-flor, for 0.1 s, begun 0.1 s before",
      `a datagram came after ${LATE_MS_MAX + 1} ms; faults: 1 cut a cluster-flor, for 0.1 s, begun 4.9 s before`,
    ]);
    expect(sumUp(judgements, 0)).toMatchObject({ passed: 1, failed: 1 });
    expect(verdictLines(judgements)[0]).toMatch(/^FAIL {2}workload: talk {2}5 things; 1 connections lost, 1 against/);
  });

  test("names a connection that stands still though its path is whole", () => {
    const [judgement] = verdictOn((witness) => witness.paused({ from: 400, to: 401 + PAUSE_MS_MAX }));
    expect(judgement!.findings).toEqual([
      "it stood still for 10.0 s though its path was whole; there was no fault meanwhile",
    ]);
  });

  test("names a mesh that does not recover", () => {
    expect(verdictOn(() => {}, "nothing comes through")[1]!.findings[0]).toMatch(/: nothing comes through$/);
  });

  test("is bad where nothing came through", () => {
    const silent: Testimony = {
      name: "talk",
      ends: ["a"],
      way: "upper",
      observations: new Witness("things").observations,
    };
    const [judgement] = judge({ episodes: [], recoveries: [] }, [silent], []);
    expect(judgement!.findings).toEqual(["nothing came through at all"]);
  });

  test("names what has grown", () => {
    const before = { megabytes: 100, fds: 20, threads: 5 };
    expect(findGrowth({ name: "a link-flor", before, after: before })).toEqual([]);
    const after = { ...before, fds: 21 + GROWTH_FDS_MAX };
    expect(findGrowth({ name: "a link-flor", before, after })).toEqual([`20 to ${after.fds} file descriptors`]);
  });
});
