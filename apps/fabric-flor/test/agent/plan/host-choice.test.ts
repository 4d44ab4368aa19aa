import { expect, test } from "vitest";
import { chooseHost } from "../../../src/agent/plan/host-choice.ts";

const users = Array.from({ length: 4_000 }, (_, at) => `node-${at}`);
const host = (node: string, weight = 1, priority = 1) => ({ node, weight, priority });
const shareOf = (node: string, hosts: readonly ReturnType<typeof host>[]): number =>
  users.filter((user) => chooseHost(user, "web", hosts)?.node === node).length / users.length;

test("the lowest priority counts, and none is chosen of none", () => {
  expect(chooseHost("a", "web", [])).toBeUndefined();
  expect(shareOf("c", [host("b", 100, 2), host("c", 1, 1)])).toBe(1);
});

test("nodes share hosts by their weights", () => {
  const hosts = [host("b", 1), host("c", 3), host("d", 0)];
  expect(shareOf("b", hosts)).toBeCloseTo(0.25, 1);
  expect(shareOf("c", hosts)).toBeCloseTo(0.75, 1);
  expect(shareOf("d", hosts)).toBe(0);
  expect(shareOf("d", [host("d", 0)])).toBe(1);
});

test("a host that goes changes the choice of those alone that had it, whatever the order", () => {
  const hosts = ["b", "c", "d", "e"].map((node) => host(node));
  for (const user of users.slice(0, 500)) {
    const before = chooseHost(user, "web", hosts)!.node;
    expect(chooseHost(user, "web", hosts.toReversed())!.node).toBe(before);
    const after = chooseHost(user, "web", hosts.slice(1))!.node;
    if (before !== "b") expect(after).toBe(before);
  }
});
