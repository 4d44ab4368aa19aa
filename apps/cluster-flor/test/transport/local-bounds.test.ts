/** Bounds that are counted in one place: connections of a principal, workloads that wait. */
import { Revocations } from "@florenetes/identity";
import { expect, test } from "vitest";
import type { LocalSocket } from "../../src/transport/streams/local-network.ts";
import type { StreamAccount } from "../../src/transport/streams/stream-account.ts";
import { defaultLimits } from "../../src/transport/limits.ts";
import { Principals } from "../../src/transport/peers/principals.ts";
import { WaitingClients } from "../../src/transport/tunnels/waiting-clients.ts";

test("a principal has so many connections, and takes none of another's", () => {
  const connectionsMax = defaultLimits.acceptedPerPrincipalMax;
  const principals = new Principals({
    cluster: "demo",
    wallClock: () => new Date(0),
    now: () => 0,
    expiryGraceMs: 0,
    revocations: new Revocations({ isRequired: false, graceMs: 0 }),
    connectionsMax,
  });
  for (let i = 0; i < connectionsMax; i++) expect(principals.enter("user/alice")).toBe(true);
  expect(principals.enter("user/alice")).toBe(false);
  expect(principals.enter("user/bob")).toBe(true);
  principals.leave("user/alice");
  expect(principals.enter("user/alice")).toBe(true);
  expect(principals.enter("user/alice")).toBe(false);
});

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
