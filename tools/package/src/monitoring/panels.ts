/** The panels of the dashboard: what is asked, and what is said of it. */
import { FABRIC, FLEET } from "./fabric-rows.ts";
import { DAY_S, graph, OF, OF_PROCESS, type Panel, rate, type Row, WINDOW } from "./panel.ts";
import { VPN } from "./vpn-row.ts";

const LINK_FLOR = `process="link-flor", ${OF}`;
const CLUSTER_FLOR = `process="cluster-flor", ${OF}`;
const UP = 'up{job=~"florenetes.*", instance=~"$instance"}';
const LINKS_UP = `florenetes_link_up{${CLUSTER_FLOR}}`;
const ENDS = "florenetes_certificate_not_after_timestamp_seconds";

function stat(title: string, unit: string, expression: string, description = ""): Panel {
  return { title, description, kind: "stat", unit, queries: [{ expression, legend: "" }] };
}

const GLANCE: Row = {
  title: "At a glance",
  panels: [
    stat("Processes that answer", "none", `sum(${UP})`),
    stat("Processes that do not", "none", `count(${UP}) - sum(${UP})`, "More than 0: a process is gone, or hangs."),
    stat("Links up", "none", `sum(${LINKS_UP})`, "Each end counts a link."),
    stat("Links down", "none", `count(${LINKS_UP}) - sum(${LINKS_UP})`, "Each end counts a link."),
    stat("Streams of workloads", "none", `sum(florenetes_streams_open{end!="service", ${OF}})`),
    stat(
      "Alerts that fire",
      "none",
      'count(ALERTS{alertname=~"Florenetes.*", alertstate="firing"}) or vector(0)',
      "Of the rules that are beside this dashboard.",
    ),
    stat("Next certificate ends in", "d", `(min(${ENDS}{${OF}}) - time()) / ${DAY_S}`),
    stat("Highest pressure", "percent", `max(florenetes_pressure_score{${OF_PROCESS}})`, "At 90 new work is refused."),
  ],
};

const LINKS: Row = {
  title: "Links",
  panels: [
    graph(
      "Sent",
      "Bps",
      "{{instance}} to {{peer}}",
      `sum by (instance, peer) (${rate("link_sent_bytes_total", LINK_FLOR)})`,
    ),
    graph(
      "Received",
      "Bps",
      "{{instance}} from {{peer}}",
      `sum by (instance, peer) (${rate("link_received_bytes_total", LINK_FLOR)})`,
    ),
    graph("Round-trip time", "s", "{{instance}} to {{peer}}", `florenetes_link_rtt_seconds{${LINK_FLOR}}`),
    graph(
      "Lost on the way",
      "percentunit",
      "{{instance}} to {{peer}}",
      `${rate("link_lost_packets_total", LINK_FLOR)} / (${rate("link_sent_packets_total", LINK_FLOR)} > 0)`,
      "The share of the packets sent. Some percent are felt by every workload.",
    ),
    graph(
      "Wait in the queues",
      "s",
      "{{class}}",
      `sum by (class) (${rate("link_class_queue_seconds_total", LINK_FLOR)}) / (sum by (class) (${rate("link_class_sent_packets_total", LINK_FLOR)}) > 0)`,
      "The average of the packets sent, by traffic class.",
    ),
    graph(
      "Thrown away by full links",
      "pps",
      "{{instance}} to {{peer}}: {{cause}}",
      `sum by (instance, peer, cause) (${rate("link_dropped_packets_total", LINK_FLOR)})`,
    ),
    graph(
      "Thrown away elsewhere",
      "pps",
      "{{process}} {{by}}: {{cause}}",
      `sum by (process, by, cause) (${rate("dropped_packets_total", OF)})`,
    ),
    graph(
      "How often links came up",
      "none",
      "{{instance}} to {{peer}}",
      `increase(florenetes_link_ups_total{${CLUSTER_FLOR}}${WINDOW})`,
      "A link that comes up again and again loses packets each time.",
    ),
  ],
};

const WORKLOADS: Row = {
  title: "Workloads",
  panels: [
    graph("Open streams", "none", "{{end}} {{name}}", `sum by (end, name) (florenetes_streams_open{${OF}})`),
    graph("New streams", "cps", "{{end}} {{name}}", `sum by (end, name) (${rate("streams_total", OF)})`),
    graph(
      "Refused streams",
      "cps",
      "{{end}} {{name}}: {{code}}",
      `sum by (end, name, code) (${rate("streams_refused_total", OF)})`,
    ),
    graph(
      "Cut streams",
      "cps",
      "{{end}} {{name}}: {{code}}",
      `sum by (end, name, code) (${rate("streams_cut_total", OF)})`,
      "Streams that neither workload has ended.",
    ),
    graph(
      "End-to-end connections",
      "none",
      "{{direction}} {{state}}",
      `sum by (direction, state) (florenetes_connections{${OF}})`,
    ),
    graph(
      "Paths whose far end answers",
      "none",
      "{{instance}} {{path}}",
      `florenetes_path_reachable{${OF}}`,
      "1: the far end answers. 0: it does not.",
    ),
    graph(
      "Targets that take connections",
      "none",
      "{{instance}} {{service}}",
      `florenetes_target_up{${OF}}`,
      "1: yes. 0: no.",
    ),
    graph(
      "Switches to another route",
      "none",
      "{{path}}: {{reason}}",
      `sum by (path, reason) (increase(florenetes_path_route_switches_total{${OF}}${WINDOW}))`,
    ),
  ],
};

const PROCESSES: Row = {
  title: "Processes",
  panels: [
    graph(
      "Pressure",
      "percent",
      "{{instance}} {{process}}: {{reason}}",
      `florenetes_pressure_score{${OF_PROCESS}}`,
      "How near each process is to its limits. From 70 on it warns, at 90 it refuses new work.",
    ),
    graph("Memory", "bytes", "{{instance}} {{process}}", `florenetes_process_resident_memory_bytes{${OF_PROCESS}}`),
    graph(
      "Running for",
      "s",
      "{{instance}} {{process}}",
      `time() - florenetes_process_start_time_seconds{${OF_PROCESS}}`,
      "A line that falls to 0 is a restart.",
    ),
    graph("Config is not what runs", "none", "{{instance}} {{process}}", `florenetes_config_differs{${OF_PROCESS}}`),
  ],
};

const TRUST: Row = {
  title: "Certificates and lists",
  panels: [
    graph(
      "Certificates end in",
      "d",
      "{{principal}} ({{role}}) at {{instance}}",
      `(${ENDS}{${OF}} - time()) / ${DAY_S}`,
    ),
    graph(
      "Certificates of neighbours end in",
      "d",
      "{{peer}}, seen by {{instance}}",
      `(florenetes_link_peer_not_after_timestamp_seconds{${OF}} - time()) / ${DAY_S}`,
    ),
    graph(
      "Revocation lists end in",
      "d",
      "{{issuer}} at {{instance}}",
      `(florenetes_revocation_list_next_update_timestamp_seconds{${OF}} - time()) / ${DAY_S}`,
    ),
    graph(
      "CAs whose newest list is in doubt",
      "none",
      "{{instance}} {{process}}",
      `florenetes_revocation_doubts{${OF}}`,
    ),
  ],
};

const OTHERS: Row = {
  title: "Control API, stores and holders",
  panels: [
    graph(
      "Age of what the control API tells",
      "s",
      "{{instance}}",
      `florenetes_control_agent_age_seconds{${OF}}`,
      "A line that rises: the agent of the replica is silent, and its answers are STALE.",
    ),
    graph("Connections to the control API", "none", "{{instance}}", `florenetes_control_connections{${OF}}`),
    graph("Sent by stores and caches", "Bps", "{{instance}}", rate("store_sent_bytes_total", OF)),
    graph(
      "Used of the budgets of holders",
      "percentunit",
      "{{instance}}",
      `florenetes_storage_held_bytes{${OF}} / florenetes_storage_budget_bytes{${OF}}`,
    ),
  ],
};

/** The rows of the dashboard, from what hurts first to what only some meshes have. */
export const ROWS: readonly Row[] = [GLANCE, LINKS, WORKLOADS, PROCESSES, TRUST, FABRIC, FLEET, VPN, OTHERS];
