import { expect, test } from "vitest";
import { silenceMs } from "../../src/transport/connections/silence.ts";
import { EndConnections } from "../../src/transport/end-connections.ts";
import type { EndConnection } from "../../src/transport/connections/end-connection.ts";
import { PathReach } from "../../src/transport/path-reach.ts";
import type { Trunk } from "../../src/transport/tunnels/trunk.ts";

test.each([
  [true, 0, 2_000],
  [true, 250, 2_000],
  [true, 300, 2_200],
  [true, 3_000, 13_000],
  [true, 60_000, 15_000],
  [false, 0, 15_000],
  [false, 60_000, 15_000],
])("busy %s, with a round trip of %d ms, a far end is silent after %d ms", (isBusy, rttMs, ms) => {
  expect(silenceMs(isBusy, rttMs)).toBe(ms);
});

test("a path is reachable while its far end is heard, which has more time where nobody waits for it", () => {
  const connections = new EndConnections();
  const clients = { areWaiting: false };
  const trunk = { options: { path: "p" }, hasStreams: false, clients, isNeeded: true } as Trunk;
  const reach = new PathReach(() => ({ connections, trunks: [trunk] }));
  expect(reach.look(0)("p")).toEqual({ isReachable: false, heardMs: null });
  expect(reach.look(0)("another")).toEqual({ isReachable: null, heardMs: null });

  const connection = {
    idHigh: 1,
    idLow: 2,
    state: "open",
    packetsIgnored: 0,
    stats: () => ({ silentMs: 0, unansweredMs: 0, rttMs: 0 }),
  };
  connections.addOriginated(connection as unknown as EndConnection, trunk);
  expect(reach.look(1_000)("p"), "before the far end has proven itself").toEqual({ isReachable: false, heardMs: null });
  Object.assign(connection, {
    peerHello: {},
    stats: (now: number) => ({ silentMs: now - 1_000, unansweredMs: 0, rttMs: 0 }),
  });
  expect(reach.look(1_500)("p")).toEqual({ isReachable: true, heardMs: 500 });
  expect(reach.look(15_999)("p")).toEqual({ isReachable: true, heardMs: 14_999 });
  expect(reach.look(16_000)("p")).toEqual({ isReachable: false, heardMs: 15_000 });

  const quiet = (now: number) => ({ silentMs: now - 1_000, unansweredMs: 0, rttMs: 0, quietMs: 25_000 });
  const later = new PathReach(() => ({ connections, trunks: [trunk] }));
  Object.assign(connection, { stats: quiet });
  expect(later.look(40_999)("p"), "a quiet one is asked less often").toEqual({ isReachable: true, heardMs: 39_999 });
  expect(later.look(41_000)("p")).toEqual({ isReachable: false, heardMs: 40_000 });
  Object.assign(connection, { stats: (now: number) => ({ silentMs: now - 1_000, unansweredMs: 0, rttMs: 0 }) });

  clients.areWaiting = true;
  expect(reach.look(2_999)("p")).toEqual({ isReachable: true, heardMs: 1_999 });
  expect(reach.look(3_000)("p")).toEqual({ isReachable: false, heardMs: 2_000 });
  Object.assign(connection, { stats: (now: number) => ({ silentMs: now - 2_000, unansweredMs: 0, rttMs: 3_000 }) });
  expect(reach.look(14_999)("p"), "a slow line has more time").toEqual({ isReachable: true, heardMs: 12_999 });
  expect(reach.look(15_000)("p")).toEqual({ isReachable: false, heardMs: 13_000 });
  const asked = (unansweredMs: number, rttMs: number) => ({ stats: () => ({ silentMs: 0, unansweredMs, rttMs }) });
  for (const [unansweredMs, rttMs, isReachable] of [
    [1_499, 0, true],
    [1_500, 0, false],
    [1_999, 500, true],
    [2_000, 500, false],
  ] as const) {
    Object.assign(connection, asked(unansweredMs, rttMs));
    expect(reach.look(15_000)("p"), "it is heard, and does not answer").toEqual({ isReachable, heardMs: 0 });
  }
  Object.assign(connection, { stats: (now: number) => ({ silentMs: now - 2_000, unansweredMs: 0, rttMs: 3_000 }) });
  connections.remove(connection as unknown as EndConnection);
  expect(reach.look(40_000)("p"), "it is remembered").toEqual({ isReachable: false, heardMs: 25_000 });
});
