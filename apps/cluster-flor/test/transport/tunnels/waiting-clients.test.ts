import { expect, test } from "vitest";
import { defaultLimits } from "../../../src/transport/limits.ts";
import type { LocalSocket } from "../../../src/transport/streams/local-network.ts";
import type { StreamAccount } from "../../../src/transport/streams/stream-account.ts";
import { WaitingClients } from "../../../src/transport/tunnels/waiting-clients.ts";

test("so many workloads wait for a connection; one that is served or has waited long enough makes room", () => {
  const waiting = new WaitingClients(defaultLimits.waitingMax);
  const client = (deadline: number): Parameters<typeof waiting.add>[0] => {
    return { socket: {} as LocalSocket, account: {} as StreamAccount, deadline };
  };
  for (let i = 0; i < defaultLimits.waitingMax; i++) expect(waiting.add(client(i))).toBe(true);
  expect(waiting.add(client(Infinity))).toBe(false);
  expect(waiting.takeOverdue(9).length).toBe(10);
  for (let i = 0; i < 10; i++) expect(waiting.add(client(Infinity))).toBe(true);
  expect(waiting.add(client(Infinity))).toBe(false);
});
