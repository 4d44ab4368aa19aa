import { expect, test } from "vitest";
import { EarlyDatagrams } from "../../../src/transport/datagrams/early-datagrams.ts";
import { DatagramDrops } from "../../../src/transport/datagrams/flow-account.ts";
import { EARLY_BYTES_MAX, EARLY_MAX, EARLY_MS_MAX } from "../../../src/transport/datagrams/limits.ts";
import { MemoryBudget } from "../../../src/transport/streams/memory-budget.ts";

function scene(): { early: EarlyDatagrams; budget: MemoryBudget; drops: DatagramDrops } {
  const budget = new MemoryBudget(1_000_000);
  const drops = new DatagramDrops();
  return { early: new EarlyDatagrams(budget, drops), budget, drops };
}

const datagram = (flow: number, size = 1) => ({ flow, piece: undefined, bytes: new Uint8Array(size) });

test("a flow gets what came before it, for a while", () => {
  const { early, budget, drops } = scene();
  for (const flow of [1, 2, 1]) early.add(datagram(flow), 0);
  expect(early.take(1, EARLY_MS_MAX - 1)).toHaveLength(2);
  expect(early.take(1, EARLY_MS_MAX - 1)).toEqual([]);
  expect(early.nextTimeout()).toBe(EARLY_MS_MAX);
  expect(early.take(2, EARLY_MS_MAX)).toEqual([]);
  expect([drops.unknownFlow, budget.held]).toEqual([1, 0]);
});

test("so many are kept, and so many bytes", () => {
  const { early, budget, drops } = scene();
  for (let flow = 0; flow <= EARLY_MAX; flow++) early.add(datagram(flow), 0);
  expect(drops.unknownFlow).toBe(1);
  early.clear();
  expect([drops.unknownFlow, budget.held]).toEqual([1 + EARLY_MAX, 0]);
  for (let flow = 0; flow < 3; flow++) early.add(datagram(flow, EARLY_BYTES_MAX / 2), 0);
  expect(drops.unknownFlow).toBe(2 + EARLY_MAX);
});
