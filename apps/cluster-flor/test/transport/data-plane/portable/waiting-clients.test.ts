import { expect, test } from "vitest";
import { defaultLimits } from "../../../../src/transport/limits.ts";
import { WaitingClients } from "../../../../src/transport/data-plane/portable/waiting-clients.ts";

test("so many workloads wait for a connection; one that is served or has waited long enough makes room", () => {
  const waiting = new WaitingClients<{ deadline: number }>(defaultLimits.waitingMax);
  const client = (deadline: number): { deadline: number } => ({ deadline });
  for (let i = 0; i < defaultLimits.waitingMax; i++) expect(waiting.add(client(i))).toBe(true);
  expect(waiting.add(client(Infinity))).toBe(false);
  expect(waiting.takeOverdue(9).length).toBe(10);
  for (let i = 0; i < 10; i++) expect(waiting.add(client(Infinity))).toBe(true);
  expect(waiting.add(client(Infinity))).toBe(false);
  expect(waiting.merge([client(0)])).toHaveLength(1);
});

test("who waits for the shortest time has its turn first, and those with the same time in the order in which they came", () => {
  const waiting = new WaitingClients<{ deadline: number; name: string }>(5);
  for (const [deadline, name] of [
    [30, "a"],
    [10, "b"],
    [20, "c"],
    [10, "d"],
  ] as const)
    waiting.add({ deadline, name });
  expect(waiting.nextDeadline).toBe(10);
  expect(waiting.takeThose(({ name }) => name === "c")).toHaveLength(1);
  expect(waiting.takeOverdue(9)).toEqual([]);
  expect(waiting.takeOverdue(10).map(({ name }) => name)).toEqual(["b", "d"]);
  waiting.merge([{ deadline: 5, name: "e" }]);
  expect(waiting.takeAll().map(({ name }) => name)).toEqual(["e", "a"]);
  expect([waiting.size, waiting.nextDeadline]).toEqual([0, Number.POSITIVE_INFINITY]);
});
