import type { NativeLane } from "@florenetes/data-plane";
import { expect, test, vi } from "vitest";
import { LaneCluster } from "../../../src/data-plane/native/drivers/lane-cluster.ts";
import { numberedScope } from "../../../src/data-plane/native/drivers/lane-socket.ts";
import type { NativeSessions } from "../../../src/quic-link/data-plane/native/native-sessions.ts";
import type { LaneEvent } from "../../../src/quic-link/data-plane/native/session-lane.ts";

function clusterOf(native: NativeLane, forget: () => void = () => {}): LaneCluster {
  return new LaneCluster({ native, cluster: 0, now: () => 0, newSession: () => 1, forgetSession: () => {}, forget });
}

/** Hears what happens to sessions of the cluster. */
function hear(cluster: LaneCluster, onEvent: (event: LaneEvent) => void): void {
  const sessions = cluster.openSessions(() => {});
  vi.spyOn(sessions as NativeSessions, "handleEvent").mockImplementation((_, event) => onEvent(event));
}

const ETHERNET = { netmask: "ffff:ffff:ffff:ffff::", cidr: "fe80::1/64", mac: "02:00:00:00:00:01", internal: false };

test.each([
  ["fe80::1%eth0", "fe80::1%7"],
  ["fe80::1%wlan0", "fe80::1%0"],
  ["fe80::1%3", "fe80::1%3"],
  ["::", "::"],
  ["192.0.2.7", "192.0.2.7"],
])("the thread knows %s as %s", (host, numbered) => {
  const interfaces = () => ({ eth0: [{ ...ETHERNET, family: "IPv6" as const, address: "fe80::1", scopeid: 7 }] });
  expect(numberedScope(host, interfaces)).toBe(numbered);
});

test("a cluster listens at an address as the thread knows it", () => {
  const openUdp = vi.fn();
  const native = { openUdp } as unknown as NativeLane;
  const cluster = clusterOf(native);
  void cluster.openUdp({ host: "fe80::1%no-such-interface", port: 4_433 }, { onDatagrams: () => 0 });
  expect(openUdp).toHaveBeenCalledWith(0, "fe80::1%0", 4_433);
});

test("the reason that a peer gives for its end is plain text before anybody sees it", () => {
  const native = { openUdp: () => undefined } as unknown as NativeLane;
  const cluster = clusterOf(native);
  const events: LaneEvent[] = [];
  hear(cluster, (event) => events.push(event));
  const closed = { kind: "closed", session: 1, isApplication: true, code: 0x77 } as const;
  cluster.handleSessionEvent({ ...closed, cause: "peer", reason: `no\u202e\r\nline${"x".repeat(600)}` });
  cluster.handleSessionEvent({ ...closed, cause: "local", reason: "as we said" });
  expect(events).toEqual([
    {
      kind: "closed",
      cause: "peer",
      isApplication: true,
      code: 0x77,
      reason: expect.stringMatching(/^no\\u\{202e\}\\u\{d\}\\u\{a\}linex+…$/),
    },
    { kind: "closed", cause: "local", isApplication: true, code: 0x77, reason: "as we said" },
  ]);
});

test("what the thread tells of a cluster before it has let go of it is for nobody", async () => {
  const removeCluster = vi.fn();
  const native = { openUdp: () => undefined, removeCluster } as unknown as NativeLane;
  let isForgotten = false;
  const cluster = clusterOf(native, () => (isForgotten = true));
  let heard = 0;
  hear(cluster, () => heard++);
  const opened = cluster.openUdp({ host: "127.0.0.1", port: 0 }, { onDatagrams: () => ++heard });
  cluster.handleEvent({ kind: "udpOpened", cluster: 0, host: "127.0.0.1", port: 9 });
  await opened;
  const released = cluster.release();
  expect(removeCluster).toHaveBeenCalledExactlyOnceWith(0);
  cluster.handleEvent({
    kind: "datagram",
    cluster: 0,
    host: "127.0.0.1",
    port: 1,
    local: "",
    bytes: new Uint8Array(9),
  });
  cluster.handleSessionEvent({ kind: "silent", session: 1 });
  expect(isForgotten).toBe(false);
  cluster.handleEvent({ kind: "clusterRemoved", cluster: 0 });
  await released;
  expect([isForgotten, heard]).toEqual([true, 0]);
});
