import { createRateLimitedLog } from "@florenetes/process-kit";
import { TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { SessionTrunks } from "../../src/sessions/session-trunks.ts";
import { openAccounts } from "../../src/transport/datagrams/end-accounts.ts";
import type { TrunkClients } from "../../src/transport/tunnels/trunk-clients.ts";
import type { Trunk } from "../../src/transport/tunnels/trunk.ts";

const config = { name: "web", service: "web", path: 0, keepMs: 1_000 };
const clients = (name: string): TrunkClients => ({ name }) as unknown as TrunkClients;
const { reliable } = TrafficClass;

test("one more stream goes to the standby while there is one, which is counted, also over another config", () => {
  const trunk = { clients: clients("own"), standby: undefined as { clients: TrunkClients } | undefined };
  const source = { join: () => trunk as unknown as Trunk, leave: () => {} };
  const log = createRateLimitedLog({ info: () => {}, warn: () => {} } as never, { now: () => 0 });
  const trunks = (): SessionTrunks => {
    return new SessionTrunks(
      config,
      "user/alice",
      openAccounts(log, { service: "web" }, true, "originator"),
      () => source,
    );
  };
  const first = trunks();
  expect(first.clientsFor(reliable)).toBe(trunk.clients);
  trunk.standby = { clients: clients("standby") };
  expect(first.clientsFor(reliable)).toBe(trunk.standby.clients);
  expect(first.clientsFor(reliable)).toBe(trunk.standby.clients);
  const second = trunks();
  second.follow(first);
  expect(second.clientsFor(reliable)).toBe(trunk.standby.clients);
  trunk.standby = undefined;
  expect(second.clientsFor(reliable)).toBe(trunk.clients);
  expect([first.standbyStreams, second.standbyStreams]).toEqual([2, 3]);
});
