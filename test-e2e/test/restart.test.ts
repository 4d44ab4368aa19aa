/*
 *   a ───── b ───── c ───── d     a ping-pong, a download and an upload run from a to d all the time, on the same three
 *                                 connections, while processes in the middle are killed, frozen and started in any order
 */
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Fault, OutageMesh } from "../src/outage-mesh.ts";
import { isRoot } from "../src/root.ts";

const links = ["a", "b", "c", "d"].map((node) => `${node} link-flor`);
/** The death of a's or d's cluster vertex ends its connections: see restart-of-an-end.test.ts. */
const inTheMiddle = [...links, "b cluster-flor", "c cluster-flor"];
const all = [...inTheMiddle, "a cluster-flor", "d cluster-flor"];

const common: readonly Fault[] = [
  kill("b link-flor"),
  kill("c cluster-flor"),
  freeze("c link-flor", "2s"),
  startInOrder("b", "cluster-flor", "link-flor"),
  startInOrder("c", "link-flor", "cluster-flor"),
  kill("* link-flor"),
  { name: "the wire between b and c is cut for 2 s", steps: cut("b c", "2s") },
  lose("c", "1s"),
  lose("b", "5s"),
];

const soak: readonly Fault[] = [
  ...inTheMiddle.flatMap((process) => [kill(process), kill(process, "2s")]),
  ...all.flatMap((process) => [freeze(process, "500ms"), freeze(process, "2s"), freeze(process, "5s")]),
  ...["b", "c"].flatMap((node) => [
    startInOrder(node, "link-flor", "cluster-flor"),
    startInOrder(node, "cluster-flor", "link-flor"),
    kill(node),
    freeze(node, "2s"),
  ]),
  kill("* link-flor"),
  kill("* link-flor", "3s"),
  freeze("* link-flor", "2s"),
  freeze("* cluster-flor", "2s"),
  freeze("*", "2s"),
  ...["a b", "b c", "c d"].flatMap((link) => [
    { name: `the wire ${link} is cut for 2 s`, steps: cut(link, "2s") },
    { name: `the wire ${link} is cut for 200 ms`, steps: cut(link, "200ms") },
  ]),
  ...["b", "c"].flatMap((node) => ["1s", "5s", "30s"].map((time) => lose(node, time))),
  lose("a", "5s"),
  lose("d", "5s"),
];

describe.skipIf(!isRoot)("workload connections live through restarts in the middle, in any order", () => {
  let mesh: OutageMesh;

  beforeAll(async () => {
    mesh = await OutageMesh.open();
  });
  afterAll(() => mesh?.[Symbol.asyncDispose]());

  test.each(isSoak ? soak : common)("$name", async (fault) => {
    const outage = await mesh.survive(fault);
    if (isSoak) process.stderr.write(`${fault.name}: ${JSON.stringify(outage)}\n`);
  });
});

function kill(process: string, after = "0ms"): Fault {
  return {
    name: `${process} is killed, and started after ${after}`,
    steps: [
      { at: "0ms", kill: process },
      { at: after, start: process },
    ],
  };
}

function freeze(process: string, time: string): Fault {
  return {
    name: `${process} is frozen for ${time}`,
    steps: [
      { at: "0ms", freeze: process },
      { at: time, thaw: process },
    ],
  };
}

function startInOrder(node: string, first: string, second: string): Fault {
  return {
    name: `both processes of ${node} are killed, ${first} is started a second before ${second}`,
    steps: [
      { at: "0ms", kill: node },
      { at: "100ms", start: `${node} ${first}` },
      { at: "1100ms", start: `${node} ${second}` },
    ],
  };
}

function cut(link: string, time: string): Fault["steps"] {
  return [
    { at: "0ms", cut: link },
    { at: time, mend: link },
  ];
}

function lose(node: string, time: string): Fault {
  return {
    name: `the machine of ${node} is gone for ${time}`,
    steps: [
      { at: "0ms", lose: node },
      { at: time, recover: node },
    ],
  };
}
