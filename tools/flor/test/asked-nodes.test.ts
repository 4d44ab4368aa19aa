import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { AskedNodes } from "../src/mesh-status/asked-nodes.ts";
import type { NodeAnswer } from "../src/mesh-status/node-facts.ts";
import { answersWith, EXPECTED, NODES } from "./mesh-status-fixture.ts";

const told = answersWith();
/** The names of nodes that count as silent, with their reasons. */
const silences = (nodes: AskedNodes): string[] =>
  [...nodes.answers()].flatMap(([name, { clusterFlor }]) =>
    clusterFlor !== undefined && "silence" in clusterFlor ? [`${name}: ${clusterFlor.silence}`] : [],
  );

test("a node that is slow to answer is shown by its former answer while it is asked anew", async () => {
  let slow = Promise.withResolvers<NodeAnswer>();
  const nodes = new AskedNodes(EXPECTED.mesh.nodes, ({ name }) => {
    return name === "c" ? slow.promise : Promise.resolve(told.get(name)!);
  });
  nodes.askAgain();
  await nodes.settle(1);
  expect(nodes.missing).toEqual(["c"]);
  expect(silences(nodes)).toEqual(["c: it has not answered yet, and is waited for"]);
  slow.resolve(told.get("c")!);
  await nodes.settle();
  expect(silences(nodes)).toEqual([]);
  slow = Promise.withResolvers();
  nodes.askAgain();
  await nodes.settle(1);
  expect(nodes.missing).toEqual(["c"]);
  expect(silences(nodes)).toEqual([]);
  slow.resolve(told.get("c")!);
});

test("a question that cannot be asked leaves its node silent until the next one", async () => {
  let isBroken = true;
  const nodes = new AskedNodes(EXPECTED.mesh.nodes, async ({ name }) => {
    await sleep(0);
    if (isBroken) throw new Error("too many open files");
    return told.get(name)!;
  });
  nodes.askAgain();
  await nodes.settle();
  expect(silences(nodes)).toEqual(NODES.map((name) => `${name}: too many open files`));
  isBroken = false;
  nodes.askAgain();
  await nodes.settle();
  expect(silences(nodes)).toEqual([]);
});
