import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecordTexts } from "@florenetes/facts";
import { requireRecord } from "@florenetes/facts/authoring";
import { afterAll, expect, test } from "vitest";
import { PlayedAgent } from "./played-agent.ts";
import { flor } from "./run-flor.ts";

const agent = await PlayedAgent.start();
const base = mkdtempSync(join(tmpdir(), "florenetes-flor-orders-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ORDER = {
  scope: "cluster",
  action: "report",
  epoch: 5,
  id: "5b",
  issued: "",
  expires: "2026-11-26T12:00:00.000Z",
};
const OUTCOME = {
  order: "5b",
  action: "report",
  state: "done",
  text: "the node says how it is",
  at: "2026-11-25T12:00:00.000Z",
};

test("an order is proposed with an epoch by the clock, and nothing but the five", async () => {
  const out = join(base, "order.fact");
  const before = Date.now();
  const run = await flor("fabric", "propose", "order", "d", "rejoin", "--cluster", "demo", "--out", out);
  expect(run, run.err).toMatchObject({ code: 0 });
  const fact = requireRecord(readRecordTexts(readFileSync(out, "utf8"))![0]!);
  expect(fact).toMatchObject({ kind: "order", subject: "d", scope: "cluster", body: { action: "rejoin" } });
  expect(fact.epoch).toBeGreaterThanOrEqual(before);
  expect(fact.expires - fact.issued).toBe(86_400_000);
  const other = await flor("fabric", "propose", "order", "d", "shell", "--cluster", "demo");
  expect(other).toMatchObject({
    code: 2,
    err: expect.stringContaining("refetch, back, rejoin, restart, report") as unknown,
  });
});

test("orders are shown with what came of them, and outcomes whose orders have ended", async () => {
  agent.answer = {
    node: "c",
    orders: [
      { node: "d", orders: [ORDER], outcome: { ...OUTCOME, report: true } },
      {
        node: "e",
        orders: [{ ...ORDER, action: "back", id: "77" }],
        outcome: { ...OUTCOME, state: "failed", code: "ERR_X", report: false },
      },
      { node: "f", orders: [ORDER], outcome: null },
    ],
    left: 0,
    next: null,
  };
  const run = await agent.run("orders");
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toMatchInlineSnapshot(`
    "orders
      NODE  ORDERED  STATE     SAID AT                   IN WORDS
      d     report   done      2026-11-25T12:00:00.000Z  the node says how it is
      e     back     not told  -
      e     report   failed    2026-11-25T12:00:00.000Z  ERR_X: the node says how it is
      f     report   not told  -
    "
  `);
  expect(agent.asked).toBe("/orders");
});

test("of one node the report is shown, whatever stands in it", async () => {
  const report = '{"node":"d","news":[{"code":"\\u001b[2J"}]}';
  agent.answer = {
    node: "c",
    orders: [{ node: "d", orders: [], outcome: { ...OUTCOME, report } }],
    left: 0,
    next: null,
  };
  const run = await agent.run("orders", "d");
  expect(agent.asked).toBe("/orders?node=d");
  expect(run.out).toContain('"code": "\\u001b[2J"');
  expect(await agent.run("orders", "d", "--json")).toMatchObject({ code: 0 });
  agent.answer = { node: "c", orders: [], left: 0, next: null };
  expect((await agent.run("orders")).out).toContain("no order is in force here");
  agent.answer = [];
  expect(await agent.run("orders")).toMatchObject({ code: 3 });
});
