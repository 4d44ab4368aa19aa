import { randomBytes } from "node:crypto";
import { originOf } from "@florenetes/facts/log";
import { expect, test } from "vitest";
import { Agent } from "../../../src/agent/agent.ts";
import type { Moment } from "../../../src/agent/moment.ts";
import { DAY, DemoCluster, newKey } from "../../demo-records.ts";
import { nothingKept } from "../nothing-kept.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW - DAY);

/** An agent whose store is whole and empty, and a count of the appends that it has asked for. */
function started(): { readonly agent: Agent; readonly at: (ms: number) => Moment; readonly appends: () => number } {
  const at = (ms: number): Moment => ({ now: ms, wall: NOW + ms });
  const place = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
  const life = { startedAt: NOW, id: "0".repeat(16) };
  const log = { store: "sqlite" as const, keyIds: [] };
  const options = {
    ...place,
    key: newKey("a"),
    life,
    software: { version: "1.2.3" },
    databaseId: "0".repeat(32),
    randomBytes,
    ways: new Map(),
    log,
  };
  const agent = new Agent(options, nothingKept(), at(0));
  agent.handleRecords([cluster.root, cluster.service("web", ["b"])], at(0));
  agent.log.handleStore({ seen: originOf("demo", "main"), isWhole: true }, at(0));
  const appends = (): number => {
    let count = 0;
    for (let order = agent.pollOrder(); order !== undefined; order = agent.pollOrder())
      if (order.kind === "log" && order.order.kind === "append") count++;
    return count;
  };
  return { agent, at, appends };
}

test("a store that says `done` and keeps nothing is asked more and more rarely, and told after three times; whatever it keeps ends that", () => {
  const { agent, at, appends } = started();
  const times: number[] = [];
  for (let ms = 0; ms < 600_000; ms += 500) {
    agent.handleTimeout(at(ms));
    if (appends() === 0) continue;
    times.push(ms / 1_000);
    expect(agent.log.problem?.code).toBe(times.length > 3 ? "ERR_LOG_NOT_KEPT" : undefined);
    agent.log.handleAppended(at(ms));
  }
  expect(times).toEqual([0, 2, 6, 14, 30, 62, 126, 254, 382, 510]);

  agent.handleEntry(cluster.root, 1, at(600_000));
  expect([agent.log.problem, agent.log.missing]).toEqual([undefined, 1]);
  agent.handleTimeout(at(600_000));
  expect(appends()).toBe(1);
});
