import { expect, test } from "vitest";
import { PlayedAgent } from "./played-agent.ts";
import type { Run } from "./run-flor.ts";

const agent = await PlayedAgent.start();
const budgets = (...words: readonly string[]): Promise<Run> => agent.run("budgets", ...words);
const ACME = {
  organization: "acme",
  record: "3f".repeat(32),
  expires: "2026-12-25T12:00:00.000Z",
  limits: [
    { of: "leases", most: 7, used: 2, part: 3 },
    { of: "nodes", most: 50, used: 12, part: null },
    { of: "later", most: 9, used: null, part: null },
  ],
};

test("each limit is told with what is used of it, the part of a coordinator, the record and its end", async () => {
  agent.answer = { node: "c1", budgets: [ACME], left: 2 };
  const run = await budgets();
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(agent.asked).toBe("/budgets");
  expect(run.out).toMatchInlineSnapshot(`
    "budgets, as c1 counts them
      ORGANIZATION  OF      USED  MOST    RECORD            UNTIL
      acme          leases  2     3 of 7  3f3f3f3f3f3f3f3f  2026-12-25T12:00:00.000Z
      acme          nodes   12    50      3f3f3f3f3f3f3f3f  2026-12-25T12:00:00.000Z
      acme          later   ?     9       3f3f3f3f3f3f3f3f  2026-12-25T12:00:00.000Z

    2 more"
  `);
  await budgets("acme");
  expect(agent.asked).toBe("/budgets?of=acme");
  expect(JSON.parse((await budgets("--json")).out)).toEqual(agent.answer);
});

test("an agent without budgets says so, and what is no answer fails", async () => {
  agent.answer = { node: "c1\u001b[31m", budgets: [], left: 0 };
  expect((await budgets()).out).toBe(String.raw`node c1\u{1b}[31m holds no budget: nothing is bounded`);
  agent.answer = { budgets: [{ ...ACME, limits: "many" }] };
  expect(await budgets()).toMatchObject({ code: 3, err: expect.stringContaining("ERR_ADMIN_ANSWER") });
});
