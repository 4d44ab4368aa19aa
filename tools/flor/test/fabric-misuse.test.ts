import { expect, test } from "vitest";
import { PlayedAgent } from "./played-agent.ts";
import type { Run } from "./run-flor.ts";

const agent = await PlayedAgent.start();
const misuse = (...words: readonly string[]): Promise<Run> => agent.run("misuse", ...words);
const NODE = {
  of: "route-churn",
  by: "node",
  name: "a",
  count: 700,
  most: 512,
  since: "2026-11-25T12:00:00.000Z",
  slowedUntil: "2026-11-25T13:10:00.000Z",
  slowedMs: 3_600_000,
};
const QUIET = { since: null, slowedUntil: null, slowedMs: 0 };

test("who is slowed is shown, and for a node that was so for an hour the command that makes its void record", async () => {
  agent.answer = {
    node: "c1",
    misuse: [
      NODE,
      { ...NODE, name: "b", slowedMs: 3_599_999 },
      { ...NODE, of: "authentication", by: "neighbour", name: "n", slowedMs: 9_000_000 },
      { ...NODE, ...QUIET, by: "organization", name: "acme", count: 712, most: 4096 },
    ],
    left: 2,
  };
  const run = await misuse();
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(agent.asked).toBe("/misuse");
  expect(run.out.replaceAll(agent.folder, "FOLDER")).toMatchInlineSnapshot(`
    "misuse within an hour, as c1 counts it
      OF              BY            NAME  COUNT  MOST  SLOWED SINCE              UNTIL                     WITHIN A DAY
      route-churn     node          a     700    512   2026-11-25T12:00:00.000Z  2026-11-25T13:10:00.000Z  60 min
      route-churn     node          b     700    512   2026-11-25T12:00:00.000Z  2026-11-25T13:10:00.000Z  60 min
      authentication  neighbour     n     700    512   2026-11-25T12:00:00.000Z  2026-11-25T13:10:00.000Z  150 min
      route-churn     organization  acme  712    4096  -                         -                         -

    2 more
    node a was slowed for an hour or more within a day. To take it back, if that is no mistake, the control quorum signs this record:
      flor fabric void node/cluster/a --agent FOLDER/admin.sock --out a-void.fact"
  `);
  expect(JSON.parse((await misuse("--json")).out)).toEqual(agent.answer);
});

test("an agent without misuse says so, what is no answer fails, and no command has what is no name", async () => {
  agent.answer = { node: "c1\u001b[31m", misuse: [], left: 0 };
  expect((await misuse()).out).toBe(String.raw`node c1\u{1b}[31m has counted no misuse`);
  agent.answer = { node: "c1", misuse: [{ ...NODE, name: "a;reboot" }], left: 0 };
  expect((await misuse()).out).not.toContain("void");
  agent.answer = { node: "c1", misuse: [{ ...NODE, count: "many" }], left: 0 };
  expect(await misuse()).toMatchObject({ code: 3, err: expect.stringContaining("ERR_ADMIN_ANSWER") });
});
