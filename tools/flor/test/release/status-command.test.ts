import { expect, test } from "vitest";
import { PlayedAgent } from "../played-agent.ts";

const agent = await PlayedAgent.start();
const OWN = {
  channel: "stable",
  version: "0.1.0",
  state: "waiting",
  code: null,
  waitsFor: "stage",
  release: { version: "0.1.1", epoch: 3, stage: 1_000, deadline: null },
  fetches: { begun: 0, done: 0, failed: 0 },
};
const COORDINATOR = {
  partition: "default",
  heard: 40,
  releases: [
    { channel: "stable", version: "0.1.1", epoch: 3, stage: 1_000, deadline: null, inStage: 4, whole: 3, back: 1 },
  ],
  versions: [
    { channel: "stable", version: "0.1.0", told: 36, states: { current: 0, waiting: 35, back: 1 } },
    { channel: "stable", version: "0.1.1", told: 3, states: { current: 3 } },
  ],
  nodes: [{ node: "n7", channel: "stable", version: "0.1.0", state: "back", code: "ERR_UPDATE_NOT_WHOLE" }],
  left: 2,
};
const WATCHED = { channel: "stable", version: "0.1.1", stage: 1_000, next: 10_000, inStage: 4, whole: 3, back: 1 };
const RULE = {
  isListed: true,
  signed: 1,
  fault: null,
  watched: [{ ...WATCHED, wholeForMs: 600_000, holdMs: 3_600_000 }],
};
const status = (...words: readonly string[]) => agent.runOf("release", "status", ...words);

test("at a coordinator its nodes are shown, by the release, by what they have, and who is not well", async () => {
  agent.answer = { node: "c1", own: OWN, coordinator: COORDINATOR, rule: RULE };
  const run = await status("--channel", "stable");
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(agent.asked).toBe("/releases?channel=stable");
  expect(run.out).toMatchInlineSnapshot(`
    "node c1: stable: 0.1.1 at 10 %; it has 0.1.0: waiting (waits for its stage)
    releases, as 40 nodes of default tell
      CHANNEL  VERSION  EPOCH  STAGE  TOLD TO  WHOLE  WENT BACK
      stable   0.1.1    3      10 %   4        3      1

    nodes by what they have
      CHANNEL  HAS    NODES  CURRENT  WAITING  FETCHING  READY  INSTALLING  BACK  REFUSED
      stable   0.1.0  36     0        35       0         0      0           1     0
      stable   0.1.1  3      3        0        0         0      0           0     0

    not well
      NODE  CHANNEL  HAS    STATE  CODE
      n7    stable   0.1.0  back   ERR_UPDATE_NOT_WHOLE

    2 more
    a program's key raises stages here: 1 signed
      stable 0.1.1: from 10 % to 100 %: whole for 10 of 60 min"
  `);
  expect(JSON.parse((await status("--json")).out)).toEqual(agent.answer);
  expect(agent.asked).toBe("/releases");
});

test("at another node its own release is shown", async () => {
  agent.answer = { node: "a", own: OWN, coordinator: null, rule: null };
  expect((await status()).out).toMatchInlineSnapshot(`
    "node a: stable: 0.1.1 at 10 %; it has 0.1.0: waiting (waits for its stage)
    it coordinates nothing: ask a coordinator for the other nodes"
  `);
  agent.answer = { node: "a", own: null, coordinator: null, rule: null };
  expect((await status()).out).toContain("follows no channel that was asked for");
});

test("what nodes say harms no terminal, and what is no answer fails", async () => {
  const nodes = [{ ...COORDINATOR.nodes[0]!, node: "n\u001B[31m" }];
  agent.answer = { node: "c1", own: null, coordinator: { ...COORDINATOR, nodes }, rule: null };
  expect((await status()).out).not.toContain("\u001B");
  agent.answer = { node: "c1", own: null, coordinator: { ...COORDINATOR, heard: "many" }, rule: null };
  expect(await status()).toMatchObject({ code: 3, err: expect.stringContaining("ERR_ADMIN_ANSWER") });
});
