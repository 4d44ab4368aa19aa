/*
 * Whole agents, and a coordinator that leases routes to hosts of web, whose programs fall:
 *
 *          b (coordinator, relay)
 *        ╱   ╲
 *       a      d, e, f (web)
 *        ╲   ╱
 *          c (relay)
 */
import { rankHosts } from "@florenetes/facts";
import { expect, test } from "vitest";
import { hostOfPath } from "../../../src/agent/plan/used-services.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimNode } from "../simulated-nodes.ts";

const present = (node: SimNode): string | undefined => hostOfPath("web", node.vertex.auto("web")?.path ?? null);

function setTarget({ vertex }: SimNode, target: "up" | "down"): void {
  vertex.change({ services: vertex.view.services.map((service) => ({ ...service, target })) });
}

function rankedBy(node: SimNode): readonly string[] {
  return rankHosts(node.agent.book!.inForce("service", "cluster", "web", node.at.wall)!, node.name);
}

test("where the programs of the first hosts are down the third one is used, which stays while all are down, and the first one is used again once it is back", () => {
  const mesh = startLeasedMesh(["a"], ["d", "e", "f"]);
  const a = mesh.node("a");
  mesh.until("a host is used", () => present(a) !== undefined);
  const [first, second, third] = rankedBy(a);
  mesh.until("the first host is used", () => present(a) === first);
  mesh.runFor(15_000);
  for (const host of [first!, second!]) setTarget(mesh.node(host), "down");
  mesh.until("the third host is used", () => present(a) === third);
  setTarget(mesh.node(third!), "down");
  mesh.runFor(60_000);
  expect(present(a)).toBe(third);
  setTarget(mesh.node(first!), "up");
  expect(mesh.until("the first host is used again", () => present(a) === first)).toBeGreaterThanOrEqual(10_000);
});

test("a node leaves its own program when that has fallen, and comes back when it has been up for ten seconds", () => {
  const mesh = startLeasedMesh(["a"], ["a", "d"]);
  const a = mesh.node("a");
  mesh.until("both hosts are proven", () => present(a) === rankedBy(a)[0]);
  if (rankedBy(a)[0] !== "a") throw new Error("this node is to choose itself first");
  setTarget(a, "down");
  mesh.until("the other host is used", () => present(a) === "d");
  for (let turn = 0; turn < 5; turn++) {
    setTarget(a, turn % 2 === 0 ? "up" : "down");
    mesh.runFor(5_000);
    expect(present(a)).toBe("d");
  }
  setTarget(a, "up");
  expect(mesh.until("its own program is used again", () => present(a) === "a")).toBeGreaterThanOrEqual(4_900);
});
