import { createRateLimitedLog } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import type { TunnelConfig } from "../../../src/config/cluster-config.ts";
import { openAccounts } from "../../../src/transport/datagrams/end-accounts.ts";
import type { Trunk } from "../../../src/transport/tunnels/trunk.ts";
import { Tunnel } from "../../../src/transport/tunnels/tunnel.ts";

/** A trunk over a path to a host of which nothing is heard. */
const over = (path: string) => ({
  options: { path },
  absence: { text: `nobody at ${path}`, handleTurnedAway: () => `turned away at ${path}` },
});

test("what is said of connections that got no stream is of the path that they waited for: that of the standby, while new ones go there", () => {
  const trunk = { ...over("d"), standby: undefined as unknown };
  const log = createRateLimitedLog({ info: () => {}, warn: () => {} } as never, { now: () => 0 });
  const { account, ...tunnel } = tunnelOver(trunk as unknown as Trunk, log);
  const said = () => [account.route()!.path, account.whyUnanswered(), tunnel.unreached()];
  expect(said()).toEqual(["d", "turned away at d", "nobody at d"]);
  trunk.standby = over("e");
  expect(said()).toEqual(["e", "turned away at e", "nobody at e"]);
});

function tunnelOver(trunk: Trunk, log: Parameters<typeof openAccounts>[0]) {
  const tunnel = new Tunnel(0, {} as TunnelConfig, trunk, openAccounts(log, { service: "web" }, false, "originator"));
  return { account: tunnel.account, unreached: () => tunnel.unreached };
}
