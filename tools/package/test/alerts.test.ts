/** The alert rules, judged by promtool: each fires by its own figures, not before its time, and for none of a mesh that is well. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingPrograms } from "@florenetes/workloads";
import { describe, expect, test } from "vitest";

const checkout = join(import.meta.dirname, "../../..");
const RULES = join(checkout, "tools/package/monitoring/florenetes.rules.yml");
const rules = readFileSync(RULES, "utf8");
const page = readFileSync(join(checkout, "docs/operate/metrics.md"), "utf8");

/** A rule of the file, as far as its text tells. */
interface Rule {
  readonly alert: string;
  readonly expression: string;
  /** The minutes that it waits. */
  readonly waits: number;
  readonly summary: string;
  readonly runbook: string;
}

const RULE =
  /- alert: (\w+)\n {8}expr: ([^]*?)\n(?: {8}for: (\d+)([mh])\n)? {8}labels: \{ severity: (?:critical|warning) \}\n {8}annotations:\n {10}summary: "(.*)"\n {10}runbook: "(.*)"/g;
const RULES_READ: readonly Rule[] = Array.from(
  rules.matchAll(RULE),
  ([, alert, expression, count = "0", unit, summary, runbook]) => ({
    alert: alert!,
    expression: expression!,
    waits: Number(count) * (unit === "h" ? 60 : 1),
    summary: summary!,
    runbook: runbook!,
  }),
);

/** A series by its metric and labels, without `instance` and `job`. */
type Series = readonly [name: string, labels: Readonly<Record<string, string>>, bad: string, good: string];

/** Values in promtool's notation, a minute apart: they stay, or grow by so much. */
const still = (value: number): string => `${value}x400`;
const grows = (by: number): string => `0+${by}x400`;
const flag = (name: string, labels: Readonly<Record<string, string>>, bad = 1): Series => [
  name,
  labels,
  still(bad),
  still(1 - bad),
];

const link = { process: "cluster-flor", cluster: "demo", link: "b", peer: "b", tag: "0" };
const sent = { process: "link-flor", cluster: "demo", peer: "b", tag: "0" };
const own = { process: "cluster-flor", cluster: "demo" };
const agent = { process: "fabric-flor", cluster: "demo" };
const client = { process: "vpn-flor", cluster: "demo", pool: "main" };
const store = { process: "store-flor", cluster: "demo" };
const stream = { cluster: "demo", end: "tunnel", name: "tcp://127.0.0.1:18080" };
const certificate = { ...own, principal: "user/alice", role: "leaf", serial: "01" };
const DAY_S = 86_400;
/** The minute from which on drops rise, after they were few for hours. */
const RISE = 150;

/** Series by which each alert fires, with bad values and good ones, and the other alerts that fire by the bad ones. */
const CASES: Readonly<Record<string, { readonly series: readonly Series[]; readonly others?: readonly string[] }>> = {
  ProcessGone: { series: [["up", {}, still(0), still(1)]] },
  ProcessRestarts: { series: [["process_start_time_seconds", own, "0+1x400", still(7)]] },
  Pressure: { series: [["pressure_level", own, still(1), still(0)]] },
  PressureCritical: { series: [["pressure_level", own, still(2), still(0)]] },
  ConfigDiffers: { series: [flag("config_differs", own)] },
  PartsDown: { series: [flag("parts_down", own)] },
  NotListening: { series: [flag("tunnel_listening", { cluster: "demo", tunnel: "tcp://127.0.0.1:18080" }, 0)] },
  AccessLogLost: { series: [["access_log_lost_records_total", { cluster: "demo" }, grows(1), still(3)]] },
  SpansLost: { series: [["otlp_lost_spans_total", { cluster: "demo" }, grows(1), still(3)]] },
  SecretsWritten: { series: [flag("secrets_written", own)] },
  ClusterDown: { series: [flag("cluster_served", { process: "link-flor", cluster: "demo" }, 0)] },
  NotAttached: { series: [flag("portal_attached", { ...own, portal: "quic" }, 0)] },
  LinkDown: { series: [flag("link_up", link, 0)] },
  LinkFlaps: { series: [["link_ups_total", link, grows(1), still(1)]] },
  LinkLoses: {
    series: [
      ["link_lost_packets_total", sent, grows(600), grows(60)],
      ["link_sent_packets_total", sent, grows(6_000), grows(6_000)],
    ],
  },
  LinkFull: {
    series: [
      ["link_dropped_packets_total", { ...sent, cause: "queueFull" }, grows(600), grows(30)],
      ["link_sent_packets_total", sent, grows(6_000), grows(6_000)],
    ],
  },
  DropsRise: {
    series: [
      ["dropped_packets_total", { ...own, by: "forwarding", cause: "unknownLabel" }, `0x${RISE} 0+600x100`, grows(600)],
    ],
  },
  LabelsGuessed: { series: [["link_guessed_labels_total", { cluster: "demo", link: "b" }, grows(1), still(3)]] },
  PeersBreakQuic: { series: [["quic_violations_total", { ...own, cause: "flood" }, grows(1), still(1)]] },
  NoRoute: { series: [flag("path_usable", { cluster: "demo", path: "to-b" }, 0)] },
  PathUnreachable: { series: [flag("path_reachable", { ...own, path: "to-b" }, 0)] },
  TargetDown: { series: [flag("target_up", { ...own, service: "web" }, 0)] },
  StreamsRefused: {
    series: [
      ["streams_refused_total", { ...stream, code: "NOT_ALLOWED" }, grows(60), grows(3)],
      ["streams_total", stream, grows(600), grows(600)],
    ],
  },
  CertificateEndsSoon: { series: [flag("certificate_warned", certificate)] },
  CertificateEndsToday: {
    series: [
      flag("certificate_warned", certificate),
      ["certificate_not_after_timestamp_seconds", certificate, still(DAY_S), still(90 * DAY_S)],
    ],
    others: ["CertificateEndsSoon"],
  },
  CertificateRevoked: { series: [flag("certificate_revoked", certificate)] },
  IdentityRefused: { series: [flag("identity_reload_refused", { ...own, principal: "user/alice" })] },
  ListEndsSoon: { series: [flag("revocation_list_warned", { ...own, issuer: "demo CA" })] },
  ListRefused: { series: [flag("revocation_refusals", own)] },
  ListDoubted: { series: [flag("revocation_doubts", own)] },
  AgentSilent: { series: [["overlay_agent_silent_seconds", { cluster: "demo" }, still(61), still(5)]] },
  DoorClosed: { series: [flag("fabric_door_open", agent, 0)] },
  OverlayOld: { series: [flag("fabric_overlay_in_sync", agent, 0)] },
  NodeOut: { series: [flag("fabric_node_in_force", agent, 0)] },
  RecordEndsSoon: { series: [flag("fabric_record_warned", { ...agent, kind: "node", subject: "a" })] },
  NoNeighbours: {
    series: [
      ["fabric_neighbours", { ...agent, state: "reading" }, still(0), still(1)],
      ["fabric_neighbours", { ...agent, state: "down" }, still(2), still(1)],
    ],
  },
  NoLease: {
    series: [
      ["fabric_leases_asked", agent, still(2), still(2)],
      ["fabric_leases_in_use", { ...agent, standing: "live" }, still(1), still(2)],
      ["fabric_leases_in_use", { ...agent, standing: "held" }, still(0), still(0)],
    ],
  },
  LeasesHeld: { series: [flag("fabric_leases_in_use", { ...agent, standing: "held" })] },
  LeasesRefused: { series: [flag("fabric_coordinator_faults", { ...agent, reason: "no-service" })] },
  NoLeader: { series: [["service_granted_seconds", { cluster: "demo", service: "web" }, still(0), still(8)]] },
  WritesFail: { series: [flag("fabric_writes_failing", agent)] },
  ClockWrong: { series: [flag("fabric_clock_wrong", agent)] },
  LogBroken: { series: [flag("fabric_log_whole", agent, 0)] },
  LogForked: { series: [flag("fabric_log_forks", agent)] },
  LogStale: { series: [flag("fabric_log_stale", agent)] },
  LogDiffers: { series: [flag("fabric_log_differing_sections", agent)] },
  VpnDown: { series: [flag("vpn_session_up", client, 0)] },
  VpnWorldSilent: { series: [flag("vpn_world_up", client, 0)] },
  ControlStale: { series: [flag("control_stale", { process: "control-flor", cluster: "demo" })] },
  AuditLost: {
    series: [["control_audit_lost_total", { process: "control-flor", cluster: "demo" }, grows(1), still(3)]],
  },
  ReleaseBack: { series: [flag("fabric_release_state", { ...agent, state: "back" })] },
  CacheFetchesFail: { series: [["store_cache_failures_total", store, grows(1), still(3)]] },
  HolderDiskFails: { series: [flag("storage_disk_serves", store, 0)] },
  HolderFull: {
    series: [
      ["storage_held_bytes", store, still(95), still(80)],
      ["storage_budget_bytes", store, still(100), still(100)],
    ],
  },
  HolderAgentSilent: { series: [flag("storage_agent_tells", store, 0)] },
  ShardsMissing: {
    series: [["storage_collection_missing_shards", { ...store, collection: "org/acme/files" }, still(2), still(0)]],
  },
  NotKept: { series: [["store_keep_behind_seconds", { ...store, kind: "log" }, still(20_000), still(4_000)]] },
  NodesSilent: {
    series: [
      ["fabric_fleet_nodes", { ...agent, organization: "", role: "", state: "silent" }, still(2), still(0)],
      ["fabric_fleet_nodes", { ...agent, organization: "acme", role: "", state: "silent" }, still(2), still(2)],
    ],
  },
};

const nameOf = (metric: string): string => (metric === "up" ? metric : `florenetes_${metric}`);
const labelsOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries({ ...labels, instance: "a:9464", job: "florenetes" })
    .map(([name, value]) => `${name}="${value}"`)
    .join(", ");

function inputs(series: readonly Series[], which: "bad" | "good"): readonly object[] {
  const found = series.map(([metric, labels, bad, good]) => ({
    series: `${nameOf(metric)}{${labelsOf(labels)}}`,
    values: which === "bad" ? bad : good,
  }));
  return [...new Map(found.map((each) => [each.series, each])).values()];
}

/** Expects that these alerts, and no others, fire at that minute. */
function firing(minute: number, alerts: readonly string[]): object {
  return {
    expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
    eval_time: `${minute}m`,
    exp_samples: alerts.map((alert) => ({ labels: `{alertname="Florenetes${alert}"}`, value: 1 })),
  };
}

/** Runs promtool over tests of the rules; returns what it says of those that fail. */
function judge(tests: readonly object[]): string {
  const folder = mkdtempSync(join(tmpdir(), "alerts-"));
  try {
    const file = join(folder, "test.yml");
    // JSON is YAML, too.
    writeFileSync(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: "1m", tests }));
    const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", file], { encoding: "utf8" });
    return status === 0 ? "" : `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the rules", () => {
  test("are all read here, and each has a case", () => {
    expect(RULES_READ).toHaveLength(rules.match(/- alert:/g)!.length);
    expect(RULES_READ.map(({ alert }) => alert)).toEqual(Object.keys(CASES).map((name) => `Florenetes${name}`));
  });

  test.each(RULES_READ)("$alert asks for metrics that there are, and its runbook is there", (rule) => {
    for (const [name] of rule.expression.matchAll(/florenetes_\w+/g)) expect(page, name).toContain(`| \`${name}\` |`);
    const [file, heading] = rule.runbook.split("#");
    const text = readFileSync(join(checkout, file!), "utf8");
    const headings = Array.from(text.matchAll(/^#+ (.*)$/gm), ([, words]) =>
      words!
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(" ", "-"),
    );
    if (heading !== undefined) expect(headings).toContain(heading);
    expect(page, "the table of alerts").toContain(`| \`${rule.alert}\` |`);
  });

  test.each(RULES_READ)("the summary of $alert names labels that the alert has", ({ alert, summary }) => {
    const labels = CASES[alert.slice("Florenetes".length)]!.series.flatMap(([, each]) => Object.keys(each));
    // The one alert about two kinds of sockets names whichever it has.
    const known = [...labels, "instance", ...(alert === "FlorenetesNotListening" ? ["socket"] : [])];
    for (const [, label] of summary.matchAll(/\$labels\.(\w+)/g)) expect(known).toContain(label);
    expect(summary).toMatch(/^(?:[A-Z]|\{\{|link-flor|cluster-flor).*\.$/);
  });
});

const missing = missingPrograms(["promtool"]);
if (missing.length > 0)
  process.stderr.write(`left out: alert rules by promtool (not installed: ${missing.join(", ")})\n`);

describe.skipIf(missing.length > 0)("by promtool", () => {
  test("the rules are in order", () => {
    const { status, stdout } = spawnSync("promtool", ["check", "rules", "--lint-fatal", RULES], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringContaining(`${RULES_READ.length} rules found`),
    });
  });

  test("a mesh that is well has no alert, and none that waits", () => {
    const all = Object.values(CASES).flatMap(({ series }) => series);
    const quiet = [1, 30, 150].map((minute) => ({ expr: "ALERTS", eval_time: `${minute}m`, exp_samples: [] }));
    expect(judge([{ interval: "1m", input_series: inputs(all, "good"), promql_expr_test: quiet }])).toBe("");
  });

  test.each(RULES_READ)("$alert fires by its figures, and not before its time", ({ alert, waits }) => {
    const name = alert.slice("Florenetes".length);
    const { series, others = [] } = CASES[name]!;
    const bad = inputs(series, "bad");
    const begins = name === "DropsRise" ? RISE : 0;
    const early = waits === 0 ? [] : [firing(begins + waits - 1, [])];
    const fires = firing(begins + waits + 20, [...others, name].toSorted());
    expect(judge([{ interval: "1m", input_series: bad, promql_expr_test: [...early, fires] }])).toBe("");
  });

  test.each([
    ["LinkDown", "The link to b is down at a:9464."],
    ["NotListening", "Workloads cannot connect to tcp://127.0.0.1:18080 at a:9464."],
  ])("%s says to people: %s", (name, summary) => {
    const { alert, waits, runbook } = RULES_READ.find((rule) => rule.alert === `Florenetes${name}`)!;
    const [[, labels]] = CASES[name]!.series as [Series];
    const expected = {
      exp_labels: { ...labels, instance: "a:9464", job: "florenetes", severity: "critical" },
      exp_annotations: { summary, runbook },
    };
    const told = { eval_time: `${waits + 1}m`, alertname: alert, exp_alerts: [expected] };
    const input = inputs(CASES[name]!.series, "bad");
    expect(judge([{ interval: "1m", input_series: input, alert_rule_test: [told] }])).toBe("");
  });
});
