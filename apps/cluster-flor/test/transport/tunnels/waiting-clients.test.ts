import { expect, test } from "vitest";
import { defaultLimits } from "../../../src/transport/limits.ts";
import { WaitingClients } from "../../../src/transport/tunnels/waiting-clients.ts";

test("so many workloads wait for a connection; one that is served or has waited long enough makes room", () => {
  const waiting = new WaitingClients<{ deadline: number }>(defaultLimits.waitingMax);
  const client = (deadline: number): { deadline: number } => ({ deadline });
  for (let i = 0; i < defaultLimits.waitingMax; i++) expect(waiting.add(client(i))).toBe(true);
  expect(waiting.add(client(Infinity))).toBe(false);
  expect(waiting.takeOverdue(9).length).toBe(10);
  for (let i = 0; i < 10; i++) expect(waiting.add(client(Infinity))).toBe(true);
  expect(waiting.add(client(Infinity))).toBe(false);
  expect(waiting.addFirst(client(0))).toBe(false);
});

test("one that had its turn before is the next", () => {
  const waiting = new WaitingClients<{ deadline: number }>(3);
  waiting.add({ deadline: 30 });
  waiting.addFirst({ deadline: 20 });
  waiting.addFirst({ deadline: 10 });
  expect(waiting.nextDeadline).toBe(10);
  expect(waiting.takeAll().map(({ deadline }) => deadline)).toEqual([10, 20, 30]);
});
