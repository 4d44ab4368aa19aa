import { expect, test } from "vitest";
import { FABRIC_METRICS } from "../../src/admin/fabric-metrics.ts";
import type { FabricFlorStatus } from "../../src/admin/fabric-status.ts";
import { misuseLines, misuseQuestions, misuseStatus } from "../../src/admin/misuse-questions.ts";
import type { Agent } from "../../src/agent/agent.ts";
import { MOST, SLOWED_MS } from "../../src/agent/misuse/limits.ts";
import { Misuse } from "../../src/agent/misuse/misuse.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const most = MOST["route-churn"].node!;

function agentOf(misuse: Misuse): Agent {
  return { misuse } as unknown as Agent;
}

const ask = (misuse: Misuse, now: number): unknown =>
  misuseQuestions(agentOf(misuse), "c1", () => ({ now, wall: NOW + now }))["/misuse"]!(new URLSearchParams());

test("who is slowed is told first, since when and until when, and for how long within a day", () => {
  const misuse = new Misuse();
  const at = (now: number) => ({ now, wall: NOW + now });
  for (let done = 0; done <= most; done++) misuse.countNode("route-churn", "a", "acme", at(0.25));
  misuse.count("authentication", { by: "neighbour", name: "n" }, at(60_000));
  expect(ask(misuse, 60_000)).toEqual({
    node: "c1",
    misuse: [
      {
        of: "route-churn",
        by: "node",
        name: "a",
        count: most + 1,
        most,
        since: "2026-11-25T12:00:00.000Z",
        slowedUntil: "2026-11-25T12:10:00.000Z",
        slowedMs: 60_000,
      },
      expect.objectContaining({ by: "organization", name: "acme", since: null, slowedUntil: null, slowedMs: 0 }),
      expect.objectContaining({ of: "authentication", by: "neighbour", name: "n", count: 1 }),
    ],
    left: 0,
  });
  misuse.handleHeldBack("route-churn");
  expect(misuseStatus(agentOf(misuse))).toEqual({
    slowed: { "route-churn": 1, joins: 0, authentication: 0 },
    counted: { "route-churn": most + 1, joins: 0, authentication: 1 },
    heldBack: { "route-churn": 1, joins: 0, authentication: 0 },
  });
  misuse.advance(at(SLOWED_MS + 1));
  expect(ask(misuse, SLOWED_MS + 1)).toMatchObject({
    misuse: [{ name: "a", since: null, slowedMs: SLOWED_MS }, {}, {}],
  });
});

test("an answer has so many names, and says how many more there are", () => {
  const misuse = new Misuse();
  for (let node = 0; node < 300; node++)
    misuse.count("authentication", { by: "node", name: `n${node}` }, { now: 0, wall: NOW });
  const { misuse: told, left } = ask(misuse, 1) as { misuse: readonly unknown[]; left: number };
  expect([told.length, left]).toEqual([256, 44]);
});

test("status has one line where there is some, and metrics have no names", () => {
  const none = { "route-churn": 0, joins: 0, authentication: 0 };
  expect([...misuseLines({ misuse: { slowed: none, counted: none, heldBack: none } })]).toEqual([]);
  const [slowed, heldBack] = [
    { ...none, "route-churn": 1 },
    { ...none, "route-churn": 70 },
  ];
  const misuse = { slowed, counted: { ...none, "route-churn": 600, joins: 2 }, heldBack };
  expect([...misuseLines({ misuse })]).toEqual([
    "misuse: route-churn 600, joins 2; slowed now: route-churn 1; held back: route-churn 70",
  ]);
  const status = { cluster: "demo", misuse } as unknown as FabricFlorStatus;
  const samples = FABRIC_METRICS.filter(({ name }) => name.startsWith("fabric_misuse")).flatMap((metric) =>
    [...metric.samples(status)].map(({ labels, value }) => [metric.name, labels["of"], value]),
  );
  expect(samples).toContainEqual(["fabric_misuse_total", "route-churn", 600]);
  expect(samples).toContainEqual(["fabric_misuse_slowed", "route-churn", 1]);
  expect(samples.length).toBe(9);
});
