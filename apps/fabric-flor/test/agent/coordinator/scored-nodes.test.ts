/* Nodes as their coordinator scores them. */
import { describe, expect, test } from "vitest";
import { type ScoreAnswer, scoreQuestions } from "../../../src/admin/score-questions.ts";
import type { Agent } from "../../../src/agent/agent.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh } from "../simulated-nodes.ts";
import { World } from "./world.ts";

function ask(mesh: SimMesh, name: string, of: string, purpose: string): ScoreAnswer {
  const node = mesh.node(name);
  const query = new URLSearchParams({ of, for: purpose });
  return scoreQuestions(node.agent, name, () => node.at)["/score"]!(query) as ScoreAnswer;
}

describe("a coordinator", () => {
  const mesh = startLeasedMesh(["a"], ["d"], (name) => (name === "c" ? { price: 7, metered: true } : {}));

  test("tells no score of what no record names, nor for what is no purpose", () => {
    mesh.until("it has the role", () => ask(mesh, "b", "c", "relay").fault !== "not-coordinator", 60_000);
    const nothing = { node: "b", partition: "north", score: null };
    for (const of of ["nobody", "", "a/b", "x".repeat(10_000), "__proto__"])
      expect(ask(mesh, "b", of, "relay"), of).toEqual({ ...nothing, fault: "unknown-node" });
    for (const purpose of ["", "toString", "Relay", "x".repeat(10_000)])
      expect(ask(mesh, "b", "c", purpose), purpose).toEqual({ ...nothing, fault: "unknown-purpose" });
  });

  test("tells what takes points from a relay, and which gates are shut for what is none", () => {
    mesh.until(
      "c has reported its links",
      () =>
        ask(mesh, "b", "c", "relay").score?.reasons.some(({ of, value }) => of === "round-trip" && value < 100) ===
        true,
      120_000,
    );
    mesh.until("c is leased over", () => mesh.node("b").agent.coordinator.work!.plan.loadOf("c", "") > 0, 120_000);
    const { fault, score } = ask(mesh, "b", "c", "relay");
    expect(fault).toBeNull();
    expect(score!.gates).toEqual([]);
    expect(score!.reasons).toEqual(
      expect.arrayContaining([
        { of: "metering", value: 1, unit: "metered nodes", points: 5_000 },
        { of: "price", value: 7, unit: "points of price", points: 70 },
        { of: "round-trip", value: 15, unit: "tenths of a millisecond", points: 150 },
        { of: "trust", value: 2, unit: "missing trust tiers", points: 200 },
      ]),
    );
    expect(score!.reasons.length).toBeLessThanOrEqual(8);
    const better = ask(mesh, "b", "b", "relay").score!;
    expect(better.score).toBeGreaterThan(score!.score);
    expect(better.ceiling).toBe(score!.ceiling);
    const { score: none } = ask(mesh, "b", "a", "relay");
    expect(none).toMatchObject({ score: 0, gates: [{ gate: "role" }, { gate: "offer" }, { gate: "opt-in" }] });
    expect(ask(mesh, "b", "d", "exit").score!.gates.map(({ gate }) => gate)).toEqual(["role"]);
  });

  test("is the only one that tells scores", () => {
    expect(ask(mesh, "d", "c", "relay")).toEqual({ node: "d", partition: null, fault: "not-coordinator", score: null });
  });
});

/** The answer of a coordinator c1 for a relay r1, with other parts of its work. */
function askWorld(world: World, more: object = {}): ScoreAnswer {
  const work = { ...world.work, ...more };
  const agent = { coordinator: { work, partition: "north" }, book: world.records.book } as unknown as Agent;
  const route = scoreQuestions(agent, "c1", () => world.at)["/score"]!;
  return route(new URLSearchParams({ of: "r1", for: "relay" })) as ScoreAnswer;
}

test("a node that does not report has no score, from three minutes behind its last report on", () => {
  const world = new World({ nodes: { r1: 100_000 }, links: [] });
  world.node("r1").isUp = false;
  world.run(1_000);
  const nothing = { node: "c1", partition: "north", score: null };
  expect(askWorld(world)).toEqual({ ...nothing, fault: "no-report" });
  world.node("r1").isUp = true;
  world.until("it has reported", () => askWorld(world).fault === null, 10_000);
  world.node("r1").isUp = false;
  const tookMs = world.until("the report has ended", () => askWorld(world).fault === "no-report", 200_000);
  expect(tookMs).toBeGreaterThan(170_000);
});

test("a relay that has refused what came to more than its owner lets it carry pays for it, for a minute", () => {
  const world = new World({
    nodes: { a: undefined, h: undefined, r1: 100_000 },
    links: [
      ["a", "r1", 1_000],
      ["r1", "h", 1_000],
    ],
  });
  world.run(5_000);
  const shown = [{ outcome: "rate" }];
  const avoided = new Map([["r1", { why: "refused", until: world.at.now + 45_000 }]]);
  const of = (more: object): number => askWorld(world, more).score!.score;
  const before = of({});
  expect(before).toBeGreaterThan(0);
  const permits = { shown: () => shown };
  // 15 s of the minute have passed.
  expect(before - of({ leases: { avoided }, permits })).toBe(4_500);
  shown[0]!.outcome = "class";
  expect(of({ leases: { avoided }, permits })).toBe(before);
});
