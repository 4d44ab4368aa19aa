/** The metrics of an observer are so many series, whatever nodes, organizations and versions there are. */
import type { ProfileBody, ReportBody } from "@florenetes/facts";
import { Fleet } from "@florenetes/telemetry";
import { expect, test } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import type { FabricFlorStatus } from "../../src/admin/fabric-status.ts";
import type { FleetObserver } from "../../src/agent/telemetry/fleet-observer.ts";
import { ObservationShelf } from "../../src/agent/telemetry/observation-shelf.ts";
import { TELEMETRY_METRICS } from "../../src/admin/telemetry-metrics.ts";
import { telemetryStatus } from "../../src/admin/telemetry-status.ts";

const SERIES_MAX = 5_000;
const NOW = Date.parse("2026-11-29T12:00:00.000Z");

/** Numbers from 0 to 1 that are the same in each run (a linear congruential generator). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (1_103_515_245 * state + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

const random = numbers(7);
const below = (most: number): number => Math.floor(random.next().value * most);
const name = (): string => Array.from({ length: 1 + below(63) }, () => "abcdefghijklmnop"[below(16)]!).join("");

function hostileReport(): ReportBody {
  const figures = (): ReportBody["links"][number]["figures"] => {
    const times = [below(60_000_001), below(60_000_001)] as const;
    return [...times, below(1_000_001), below(1_000_000_001), below(101), below(65_536), below(256)];
  };
  return {
    links: Array.from({ length: below(5) }, (_, label) => ({ label, peer: name(), figures: figures() })),
    ...(below(2) === 0 && { offer: { classes: ["bulk"] as const, rate: 1, price: 0 } }),
    load: { cpu: below(101), memory: below(101), sockets: below(101) },
    ...(below(2) === 0 && { battery: below(101) }),
    metered: false,
    nat: (["none", "mapped", "unknown"] as const)[below(3)]!,
    endpoints: [],
    carried: [],
    routes: [],
    uses: [],
    versions: [],
  };
}

function hostileProfile(): ProfileBody {
  const contracts = [{ of: (["facts", "feed", name()] as const)[below(3)]!, lowest: below(9), highest: 9 + below(9) }];
  const device = { charging: false, network: "unknown", metered: false, foreground: false } as const;
  return { device, software: { version: name() }, contracts };
}

/** The status of an observer with the sums of a fleet. */
function statusOf(fleet: Fleet, sums = fleet.sum([], NOW)): FabricFlorStatus {
  const observer = { fleet, sums, outcomes: new Map(), signed: 0 } as unknown as FleetObserver;
  const telemetry = { isObserved: true, toObservers: { outcomes: new Map() }, shelf: new ObservationShelf(), observer };
  const role = { kind: "node", body: { partition: "north", organization: "acme", "trust-tier": 0 } };
  const release = { kind: "release", body: { version: "0.3.0" } };
  const book = {
    in: () => [{ ...role, epoch: 1, issued: 0, expires: NOW + 1, generation: 0, id: "" }],
    all: () => [release],
  };
  const routes = { own: { profile: { software: { version: "0.2.0" } } } };
  const agent = { telemetry, book, routes, node: "o" } as unknown as Agent;
  return { cluster: "demo", telemetry: telemetryStatus(agent, { now: 0, wall: NOW }) } as FabricFlorStatus;
}

function seriesIn(status: FabricFlorStatus) {
  return TELEMETRY_METRICS.flatMap(({ name: metric, samples }) =>
    [...samples(status)].map(({ labels, value }) => ({ metric, labels, value })),
  );
}

test("an observer that has added up nothing yet has no series of its partition", () => {
  const series = seriesIn(statusOf(new Fleet({ contracts: () => [] }), new Map()));
  expect(series.filter(({ metric }) => metric.startsWith("fabric_fleet_"))).toEqual([]);
});

test("nodes that say another version each minute make no new series: versions of releases and the observer's own have them", () => {
  const fleet = new Fleet({ contracts: () => [] });
  const place = { organization: "acme", roles: [], isPhone: false };
  const named = new Set<string>();
  for (let minute = 0; minute < 120; minute++) {
    const versions = ["0.2.0", "0.3.0", ...Array.from({ length: 40 }, (_, at) => `v${minute}.${at}`)];
    for (const [at, version] of versions.entries()) {
      const life = { epoch: minute, expires: NOW + 60_000 };
      fleet.takeProfile(`n${at}`, { ...life, body: { ...hostileProfile(), software: { version } } }, NOW);
      const report = { ...life, body: hostileReport(), octets: new Uint8Array(1), takenAt: NOW };
      fleet.takeReport(`n${at}`, report, place, NOW);
    }
    const told = seriesIn(statusOf(fleet)).filter(({ metric }) => metric === "fabric_fleet_versions");
    for (const { labels } of told) named.add(labels["version"]!);
    expect(told.reduce((sum, { value }) => sum + value, 0)).toBe(42);
  }
  expect([...named].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["0.2.0", "0.3.0", "_other"]);
});

test("10,000 hostile nodes with random names, organizations, roles and versions make no more than 5,000 series", () => {
  const fleet = new Fleet({ contracts: () => [{ of: "facts", lowest: 1, highest: 1 }] });
  for (let at = 0; at < 10_000; at++) {
    const node = `${at}${name()}`.slice(0, 63);
    const life = { epoch: 1, expires: NOW + 60_000 };
    fleet.takeProfile(node, { ...life, body: hostileProfile() }, NOW);
    const place = { organization: name(), roles: [name(), name()], isPhone: below(2) === 0 };
    fleet.takeReport(node, { ...life, body: hostileReport(), octets: new Uint8Array(100), takenAt: NOW }, place, NOW);
  }
  const status = statusOf(fleet);
  const series = seriesIn(status);
  expect(series.length).toBeGreaterThan(2_000);
  expect(series.length).toBeLessThanOrEqual(SERIES_MAX);
  const heard = series.filter(
    ({ metric, labels }) => metric === "fabric_fleet_nodes" && labels["state"] === "heard" && labels["role"] === "",
  );
  const sumOf = (isAll: boolean): number =>
    heard.reduce((sum, { labels, value }) => ((labels["organization"] === "") === isAll ? sum + value : sum), 0);
  // No node is lost: organizations that are named, and all others, come to the whole.
  expect([sumOf(true), sumOf(false)]).toEqual([10_000, 10_000]);
});
