/** Letters of those that no record names: the nodes stand in a row, a, b and c; c reads mail, and b passes it on. */
import { Outcome } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import { LOOK_PAUSE_MS, MOST } from "../../../src/agent/misuse/limits.ts";
import { DemoCluster } from "../../demo-records.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const BODY = Buffer.from("a letter");
const LINKS = [
  ["a", "b"],
  ["b", "c"],
  ["d", "b"],
] as const;

const isKnown = ({ agent, at }: SimNode, node: string): boolean =>
  agent.book!.inForce("node", "cluster", node, at.wall) !== undefined;

/** A mesh in which c holds no record of d, as that has no role. */
function openMesh(): SimMesh {
  const cluster = new DemoCluster(NOW - 1_000);
  const mesh = new SimMesh({ cluster, startsAt: NOW, links: LINKS }).start();
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  const role = { kind: "role", body: { actions: [], services: [], depth: 0 } };
  for (const subject of ["a/control-plane/north", "c/route-coordinator/north"])
    mesh.node(subject[0]!).take(cluster.control({ ...role, subject }));
  const hears = ({ agent, at }: SimNode): boolean => agent.mail.office.hasWay(2, at, "c");
  mesh.until("all hear c", () => [mesh.node("a"), mesh.node("d")].every(hears));
  mesh.until("c knows a", () => isKnown(mesh.node("c"), "a"));
  expect(isKnown(mesh.node("c"), "d")).toBe(false);
  return mesh;
}

const answers = ({ programLetters }: SimNode): unknown[] =>
  programLetters.flatMap((order) => (order.kind === "done" ? [order.answer?.outcome] : []));

/** Sends a letter for the program at c, which asks for letters, and says what came of it. */
function ask(mesh: SimMesh, from: string): unknown {
  const [node, c] = [mesh.node(from), mesh.node("c")];
  const before = answers(node).length;
  c.do((agent) => void agent.letters.take(c.at));
  node.do((agent) => void agent.letters.send("c", BODY, node.at));
  for (let waited = 0; answers(node).length === before && waited < 2_000; waited += 10) {
    mesh.runFor(10);
    c.do((agent) => {
      for (const { number } of agent.letters.take(c.at))
        agent.letters.answer(number, { outcome: Outcome.answered, body: BODY }, c.at);
    });
  }
  return answers(node).at(-1);
}

describe("a neighbour that brings letters of nobody", () => {
  test("has one of them read in 2 s, and those of nodes behind it at once", () => {
    const mesh = openMesh();
    const c = mesh.node("c");
    expect(ask(mesh, "a")).toBe(Outcome.answered);
    expect(ask(mesh, "d")).toBe(Outcome.unknownSender);
    const by = { by: "neighbour", name: "b" } as const;
    for (let done = 0; done < MOST.authentication.neighbour!; done++)
      c.do((agent) => agent.misuse.count("authentication", by, c.at));
    expect(c.agent.misuse.isSlowed("authentication", by, c.at)).toBe(true);
    expect(ask(mesh, "d")).toBe(Outcome.unknownSender);
    expect(ask(mesh, "d")).toBe(Outcome.busy);
    expect(ask(mesh, "a")).toBe(Outcome.answered);
    mesh.runFor(LOOK_PAUSE_MS);
    expect(ask(mesh, "d")).toBe(Outcome.unknownSender);
    expect(c.news.map(({ code }) => code)).toContain("MISUSE_SLOWED");
  });
});
