import { expect, test } from "vitest";
import { ConnectionTable } from "../../../src/transport/packets/connection-table.ts";

test("a connection is found by both halves of its id", () => {
  const table = new ConnectionTable<string>();
  expect(table.add(1, 2, "a")).toBe(true);
  expect(table.add(1, 3, "b")).toBe(true);
  expect(table.add(0xffff_ffff, 2, "c")).toBe(true);
  expect(table.add(1, 2, "again")).toBe(false);
  expect([table.get(1, 2), table.get(1, 3), table.get(0xffff_ffff, 2), table.get(2, 1)]).toEqual([
    "a",
    "b",
    "c",
    undefined,
  ]);
  table.delete(1, 2);
  table.delete(1, 2);
  expect([...table.values()]).toEqual(["b", "c"]);
  expect(table.size).toBe(2);
});
