import { bodyOf, readFact, signPayload, writePayload } from "@florenetes/facts";
import { directoryOf, isLogged, originOf, type SectionDigest } from "@florenetes/facts/log";
import { expect, test } from "vitest";

import { SimMesh, type SimNode } from "../simulated-nodes.ts";
import { DAY, DemoCluster, newKey, type TestKey } from "../../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const HOUR = 3_600_000;
const cluster = new DemoCluster(NOW - DAY);
const signer = newKey("s");
const policy = cluster.control({ body: { log: { name: "main", signers: [{ node: "s", key: signer.key }] } } });

/** Two nodes without copies of the log, whose policy names a signer that neither of them is. */
function started(): { readonly mesh: SimMesh; readonly node: SimNode } {
  const mesh = new SimMesh({ cluster, startsAt: NOW, links: [["a", "b"]] }).start();
  mesh.node("a").take(policy);
  mesh.runFor(1_000);
  return { mesh, node: mesh.node("a") };
}

/** A checkpoint by the signer. */
function checkpointOf(issued: number, sections: readonly SectionDigest[], key: TestKey = signer): Buffer {
  const body = { policy: 1, index: 2, head: originOf("demo", "main").hash, sections };
  const place = { cluster: "demo", kind: "checkpoint", scope: "cluster", subject: "main", authority: "log" };
  const times = { issued, expires: issued + DAY, epoch: issued, generation: 1 };
  return signPayload(writePayload({ ...place, ...times, body: { ...body } }), [key]);
}

const codesOf = (node: SimNode): readonly string[] =>
  node.news.map(({ code }) => code).filter((code) => code.startsWith("LOG_"));

test("an hour without a checkpoint is told, and blocks nothing; a checkpoint that comes by a neighbour ends that", () => {
  const { mesh, node } = started();
  mesh.runFor(HOUR - 60_000);
  expect(codesOf(node)).toEqual([]);
  mesh.runFor(120_000);
  expect([codesOf(node), node.agent.log.isStale(node.at.wall)]).toEqual([["LOG_STALE"], true]);
  expect(node.take(cluster.service("web", ["a"]))).toEqual(["taken"]);
  mesh.node("b").take(checkpointOf(node.at.wall, ownSections(node)));
  mesh.until("the log is fresh", () => codesOf(node).includes("LOG_FRESH"));
  expect(node.agent.log.isStale(node.at.wall)).toBe(false);
});

test("a checkpoint with other records than the node's is told with the sections in which they differ, once records had their time", () => {
  const { mesh, node } = started();
  const other = [
    { section: "entry", count: 9, hash: "ab".repeat(32) },
    ...ownSections(node).filter(({ section }) => section !== "entry"),
  ];
  node.take(checkpointOf(node.at.wall, other));
  mesh.runFor(60_000);
  expect(node.agent.log.differing).toEqual([]);
  mesh.runFor(120_000);
  expect([node.agent.log.differing, codesOf(node)]).toEqual([["entry"], ["LOG_DIFFERS"]]);
  node.take(checkpointOf(node.at.wall, ownSections(node)));
  mesh.until("both are the same", () => codesOf(node).includes("LOG_AGREES"));
});

test("a checkpoint with other records is told, too, when the next ones come each minute", () => {
  const { mesh, node } = started();
  for (let minutes = 0; minutes < 4; minutes++) {
    node.take(checkpointOf(node.at.wall, [{ section: "entry", count: 9, hash: "ab".repeat(32) }]));
    mesh.runFor(60_000);
  }
  expect(codesOf(node)).toEqual(["LOG_DIFFERS"]);
});

test("a checkpoint by another key than the policy's is none", () => {
  const { mesh, node } = started();
  const fact = readFact(checkpointOf(node.at.wall, [], newKey("x")), "demo");
  expect(typeof fact === "string" ? fact : bodyOf(fact, "checkpoint")!.index).toBe(2);
  expect(node.take(checkpointOf(node.at.wall, [], newKey("x")))).toEqual(["unknown-key"]);
  mesh.runFor(1_000);
  expect(node.agent.log.watch.last).toBe(undefined);
  // The policy is in force: one by its signer is taken.
  expect(node.take(checkpointOf(node.at.wall, [], signer))).toEqual(["taken"]);
});

/** The directory that the node itself has. */
function ownSections({ agent, at }: SimNode): readonly SectionDigest[] {
  const book = agent.book!;
  const held = [...book.held(at.wall)].filter((fact) => isLogged(fact) && at.wall < fact.expires);
  return directoryOf([book.authority.root, ...held]);
}
