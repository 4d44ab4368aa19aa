import { expect, test } from "vitest";
import { budgetQuestions } from "../../src/admin/budget-questions.ts";
import type { Agent } from "../../src/agent/agent.ts";
import { World } from "../agent/coordinator/world.ts";

const MONTH = 30 * 86_400_000;

/** The holder beside the agent has a mebibyte and an octet of acme. */
const HELD = { usedOf: (organization: string) => (organization === "acme" ? 1_048_577 : undefined) };

/** The answer of an agent that coordinates a world, and counts the nodes of `acme` as a program. */
function ask(world: World, asked: { readonly of?: string; readonly after?: string } = {}, canSign = true): unknown {
  const joins = {
    canSign,
    usedOf: (organization: string) => ({ nodes: organization === "acme" ? 5 : 0, joins: 1, candidates: 0 }),
  };
  const agent = { coordinator: world.coordinator, joins, book: world.records.book } as unknown as Agent;
  return budgetQuestions(agent, "c1", () => world.at, HELD)["/budgets"]!(new URLSearchParams(asked));
}

test("a coordinator tells how many leases an organization has of its part, and a program how many nodes", () => {
  const world = new World({
    nodes: { a: undefined, b: undefined, h: undefined, r: 100_000 },
    links: [
      ["a", "r"],
      ["b", "r"],
      ["r", "h"],
    ],
  });
  world.add("c2", undefined);
  world.role("c2/route-coordinator/north");
  const limits = { later: 9, leases: 7, "relay-rate": 4_001, nodes: 50, records: 3, storage: 9 };
  world.take(world.cluster.budget("acme", limits));
  world.take(world.cluster.budget("other", { leases: 1 }));
  for (const name of ["a", "b"]) world.node(name).hosts = ["h"];
  world.run(10_000);
  const record = world.records.book!.inForce("budget", "cluster", "acme", world.at.wall)!;
  const own = {
    organization: "acme",
    record: record.id,
    expires: new Date(record.issued + MONTH).toISOString(),
    limits: [
      { of: "later", most: 9, used: null, part: null },
      { of: "leases", most: 7, used: 2, part: 3 },
      { of: "relay-rate", most: 4_001, used: 1_000, part: 2_000 },
      { of: "nodes", most: 50, used: 5, part: null },
      { of: "records", most: 3, used: null, part: null },
      { of: "storage", most: 9, used: 2, part: null },
    ],
  };
  expect(ask(world, { of: "acme" })).toEqual({ node: "c1", budgets: [own], left: 0, next: null });
  expect(ask(world, { of: "other" })).toMatchObject({
    budgets: [{ limits: [{ of: "leases", most: 1, used: 0, part: 1 }] }],
  });
  expect(ask(world, { of: "nobody" })).toEqual({ node: "c1", budgets: [], left: 0, next: null });
  expect(ask(world, { of: "acme" }, false)).toMatchObject({
    budgets: [{ limits: expect.arrayContaining([{ of: "nodes", most: 50, used: null, part: null }]) }],
  });
});

test("an answer has so many budgets, in the order of their names, and says how many more there are behind which", () => {
  const world = new World({ nodes: {}, links: [] });
  for (let at = 99; at >= 30; at--) world.take(world.cluster.budget(`o${at}`, { leases: at }));
  const read = (after?: string): readonly unknown[] => {
    const told = ask(world, after === undefined ? {} : { after });
    const { budgets, left, next } = told as {
      readonly budgets: readonly { readonly organization: string }[];
      readonly left: number;
      readonly next: string | null;
    };
    return [budgets.length, left, budgets[0]?.organization, budgets.at(-1)?.organization, next];
  };
  expect(read()).toEqual([64, 6, "o30", "o93", "o93"]);
  expect(read("o93")).toEqual([6, 0, "o94", "o99", null]);
  expect(read("o99")).toEqual([0, 0, undefined, undefined, null]);
});
