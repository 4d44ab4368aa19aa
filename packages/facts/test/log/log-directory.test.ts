import { expect, test } from "vitest";
import { DIRECTORY_SLOT_KEPT, DIRECTORY_SWEEP_MIN } from "../../src/log/limits.ts";
import { LogDirectory } from "../../src/log/log-directory.ts";
import { factOf } from "../held.ts";
import { alpha, node, NOW, record, root, rootBody } from "../records.ts";

const roots = Array.from({ length: 10 }, (_, at) => factOf(root(rootBody(), { epoch: at + 1 })));
const policies = Array.from({ length: 10 }, (_, at) => factOf(record({ epoch: at + 1 })));

test("the log has each root, and each record that is held, however many of the slot are newer", () => {
  const directory = new LogDirectory();
  const book = { has: (id: string) => [...roots, policies[0]].some((fact) => fact?.id === id) };
  for (const [at, fact] of [...roots, ...policies].entries()) directory.handleEntry(fact, at + 1, NOW, book);
  expect(roots.filter(({ id }) => !directory.has(id))).toEqual([]);
  const there = policies.filter(({ id }) => directory.has(id)).map(({ epoch }) => epoch);
  expect(there).toEqual([1, ...policies.slice(-DIRECTORY_SLOT_KEPT).map(({ epoch }) => epoch)]);
});

test("records that were held when they left their slot are forgotten later, once they are not", () => {
  const directory = new LogDirectory();
  const held = new Set(policies.map(({ id }) => id));
  for (const [at, fact] of policies.entries()) directory.handleEntry(fact, at + 1, NOW, { has: (id) => held.has(id) });
  expect(directory.size).toBe(10);
  for (let at = 0; directory.size < DIRECTORY_SWEEP_MIN - 1; at++)
    directory.handleEntry(factOf(node({ ...alpha, name: `n${at}` })), at + 11, NOW, { has: () => true });
  held.clear();
  const last = factOf(node({ ...alpha, name: "last" }));
  directory.handleEntry(last, DIRECTORY_SWEEP_MIN + 11, NOW, { has: (id) => held.has(id) });
  expect(policies.filter(({ id }) => directory.has(id)).map(({ epoch }) => epoch)).toEqual([7, 8, 9, 10]);
});
