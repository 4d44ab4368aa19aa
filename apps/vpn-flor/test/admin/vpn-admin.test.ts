import { TrafficClass } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import { judgeVpnFlor } from "../../src/admin/judge-status.ts";
import { renderVpnFlorStatus } from "../../src/admin/render-status.ts";
import { VPN_METRICS } from "../../src/admin/vpn-metrics.ts";
import { shardsStatus, type VpnFlorStatus } from "../../src/admin/vpn-status.ts";
import { SHARDS } from "../../src/flows/limits.ts";
import { PacketFlows } from "../../src/flows/packet-flows.ts";

const flows = new PacketFlows(SHARDS);
const crowded = {
  dropped: 7,
  bytesWaiting: 0,
  sessionBytesWaiting: 0,
  sendRun: (): void => void (crowded.dropped += 3),
  close: (): void => {},
};
flows.add(TrafficClass.bulk, 0, crowded);
flows.send(TrafficClass.bulk, 0, { bytes: new Uint8Array(1_000), lengths: Uint32Array.of(1_000), count: 1 });
flows.noteReceived(TrafficClass.dns, 0, 80);

const shared: Omit<VpnFlorStatus, "up" | "egress" | "findings"> = {
  instance: "0011223344556677",
  startedAt: "2026-01-01T00:00:00.000Z",
  version: "0.1.0",
  cluster: "demo",
  config: { file: "/etc/vpn.yaml", source: "file", fileState: "same", confirmMs: null },
  metrics: null,
  process: { pid: 1, rssBytes: 1, heapBytes: 1, externalBytes: 1, timers: 1, handles: 1, openFilesMax: 1 },
  pool: "main",
  device: "flor0",
};
const up: NonNullable<VpnFlorStatus["up"]> = {
  isUp: true,
  addresses: ["100.64.3.4"],
  routes: ["0.0.0.0-255.255.255.255"],
  mtu: 1_340,
  dnsFault: null,
  sessions: { tried: 3, up: 2, moved: 1, ended: { NO_ANSWER: 1 }, lastEnd: "NO_ANSWER" },
  recovery: { count: 1, lastMs: 120, longestMs: 120 },
  shards: shardsStatus([flows]),
  drops: { noSession: 4 },
};
const egress: NonNullable<VpnFlorStatus["egress"]> = {
  clients: 2,
  clientsMax: 2,
  world: { probes: 2, isThere: true, losses: 3 },
  sessions: { up: 5, moved: 1, refused: { CLIENTS: 1 }, ended: { DONE: 3 } },
  shards: shardsStatus([flows, flows]),
  drops: { forbidden: 7 },
};
const client = { ...shared, up, egress: null };
const texts = (status: Omit<VpnFlorStatus, "findings">): string[] =>
  judgeVpnFlor(status).map(({ weight, text, advice }) => `${weight}: ${text}. ${advice}`);

describe("the judge", () => {
  test("finds nothing while a session is up", () => {
    expect(texts(client)).toEqual([]);
  });

  test.each([
    [
      null,
      /^fault: no egress of the pool main is connected: none has answered yet \(3 tried\)\. See `cluster-flor status`/,
    ],
    ["NO_ANSWER", /the last session ended as NO_ANSWER .*See `cluster-flor status`/],
    ["SUPERSEDED", /Another machine uses the same identity/],
    ["ADDRESSES", /`up.addresses`/],
    ["NOT_ALLOWED", /on the list `allow`/],
    ["ENOENT", /has the socket that `up.session` names/],
  ])("says why none is up, and what to do: %s", (lastEnd, expected) => {
    const down = { ...up, isUp: false, sessions: { ...up.sessions, lastEnd } };
    expect(texts({ ...client, up: down })).toEqual([expect.stringMatching(expected)]);
  });

  test("warns where names are resolved past the VPN", () => {
    expect(texts({ ...client, up: { ...up, dnsFault: "it is not installed" } })).toEqual([
      expect.stringMatching(/^warning: names are resolved past the VPN: it is not installed\. .*systemd-resolved/),
    ]);
  });

  test("warns of an egress that is full", () => {
    expect(texts({ ...shared, up: null, egress })).toEqual([
      expect.stringMatching(/^warning: .*as many clients as it takes: 2/),
    ]);
    expect(texts({ ...shared, up: null, egress: { ...egress, clients: 1 } })).toEqual([]);
  });
});

describe("the judge of an egress whose world does not answer", () => {
  const judged = (isThere: boolean | null, losses: number): string[] => {
    const quiet = { ...egress, clients: 0, world: { probes: 2, isThere, losses } };
    return texts({ ...shared, up: null, egress: quiet });
  };

  test("says that no client is taken, and what to look at", () => {
    expect(judged(false, 1)).toEqual([
      expect.stringMatching(
        /^fault: .*main takes no clients: .*`egress.probe` answers any more\. Try one .*`nc .*`IPAddressAllow=`/,
      ),
    ]);
    for (const isThere of [null, false])
      expect(judged(isThere, 0)).toEqual([expect.stringMatching(/^fault: .*`egress.probe` has answered yet/)]);
    expect(judged(true, 1)).toEqual([]);
  });
});

describe("the status for people", () => {
  test("of a client has its session, and the flows that were used", () => {
    const text = renderVpnFlorStatus({ ...client, findings: [] }, 120);
    expect(text).toContain("addresses: 100.64.3.4; MTU 1340");
    expect(text).toContain("sessions: 3 tried, 2 up; ended: ");
    expect(text).toContain("recoveries: 1, the last in 120 ms");
    expect(text.split("\n").filter((line) => /^\s*(bulk|dns|reliable) /.test(line))).toHaveLength(2);
  });

  test("of an egress has its clients", () => {
    const text = renderVpnFlorStatus({ ...shared, up: null, egress, findings: [] }, 120);
    expect(text).toContain("clients: 2 of 2");
    expect(text).toContain("the world behind it answers, by 2 probes; fell silent 3 times");
    expect(text).toContain("forbidden");
  });
});

describe("metrics", () => {
  const samplesOf = (status: VpnFlorStatus, name: string) => [
    ...VPN_METRICS.find((each) => each.name === name)!.samples(status),
  ];

  test("of a client tell its session, what flows have carried, and drops", () => {
    const status = { ...client, findings: [] };
    const labels = { process: "vpn-flor", cluster: "demo", pool: "main" };
    expect(samplesOf(status, "vpn_session_up")).toEqual([{ labels, value: 1 }]);
    expect(samplesOf(status, "vpn_recovery_last_seconds")).toEqual([{ labels, value: 0.12 }]);
    expect(samplesOf(status, "vpn_clients")).toEqual([]);
    expect(samplesOf(status, "vpn_bytes_total").filter(({ value }) => value > 0)).toEqual([
      { labels: { ...labels, class: "dns", shard: "0", direction: "received" }, value: 80 },
      { labels: { ...labels, class: "bulk", shard: "0", direction: "sent" }, value: 1_000 },
    ]);
    expect(samplesOf(status, "vpn_flow_drops_total").filter(({ value }) => value > 0)).toEqual([
      { labels: { ...labels, class: "bulk", shard: "0" }, value: 3 },
    ]);
    expect(samplesOf(status, "vpn_drops_total")).toEqual([{ labels: { ...labels, cause: "noSession" }, value: 4 }]);
  });

  test("of an egress add up all its clients", () => {
    const status = { ...shared, up: null, egress, findings: [] };
    expect(samplesOf(status, "vpn_session_up")).toEqual([]);
    expect(samplesOf(status, "vpn_clients").map(({ value }) => value)).toEqual([2]);
    expect(samplesOf(status, "vpn_world_up").map(({ value }) => value)).toEqual([1]);
    expect(samplesOf(status, "vpn_world_losses_total").map(({ value }) => value)).toEqual([3]);
    const unasked = { ...status, egress: { ...egress, world: null } };
    expect([...samplesOf(unasked, "vpn_world_up"), ...samplesOf(unasked, "vpn_world_losses_total")]).toEqual([]);
    expect(samplesOf(status, "vpn_packets_total").reduce((sum, { value }) => sum + value, 0)).toBe(4);
    expect(samplesOf(status, "vpn_sessions_refused_total").map(({ value }) => value)).toEqual([1]);
  });
});
