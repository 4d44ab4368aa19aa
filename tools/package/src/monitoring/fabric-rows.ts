/** Rows of a fabric: its agents, and what observers add up of all nodes. */
import { DAY_S, graph, OF, rate, type Row } from "./panel.ts";

export const FABRIC: Row = {
  title: "Fabric",
  panels: [
    {
      ...graph("Leases", "none", "asked", `sum(florenetes_fabric_leases_asked{${OF}})`),
      description: "Those that are asked for and neither live nor held are routes that are missing.",
      queries: [
        { expression: `sum(florenetes_fabric_leases_asked{${OF}})`, legend: "asked" },
        { expression: `sum by (standing) (florenetes_fabric_leases_in_use{${OF}})`, legend: "{{standing}}" },
      ],
    },
    graph("Agents of neighbours", "none", "{{state}}", `sum by (state) (florenetes_fabric_neighbours{${OF}})`),
    graph("Records in force", "none", "{{kind}}", `max by (kind) (florenetes_fabric_records_in_force{${OF}})`),
    graph(
      "Records end in",
      "d",
      "{{kind}} {{subject}} at {{instance}}",
      `(florenetes_fabric_record_not_after_timestamp_seconds{${OF}} - time()) / ${DAY_S}`,
    ),
    graph("Coordinators", "none", "{{instance}} {{what}}", `florenetes_fabric_coordinator{${OF}}`),
    graph(
      "Leaders may serve for",
      "s",
      "{{service}} at {{instance}}",
      `florenetes_service_granted_seconds{${OF}}`,
      "One host of each service is above 0.",
    ),
    graph(
      "Records that the log lacks",
      "none",
      "{{instance}}",
      `florenetes_fabric_log_missing_records{${OF}}`,
      "It falls to 0 soon after each new record.",
    ),
    graph("Mail", "none", "{{what}}", `sum by (what) (${rate("fabric_mail_total", OF)})`),
  ],
};

/** Sums that observers have made of all nodes of their partitions, whatever their organization and role. */
const OF_ALL = `organization="", role="", ${OF}`;

/** Nine of ten values of a measure are below this: one line for each measure, and each observer. */
function nineOfTen(measures: string): string {
  const values = `florenetes_fabric_fleet_measure_values{measure=~"${measures}", ${OF_ALL}}`;
  const buckets = `label_replace(${values}, "le", "$1", "at_most", "(.*)")`;
  return `histogram_quantile(0.9, sum by (instance, measure, le) (${buckets}))`;
}

export const FLEET: Row = {
  title: "Fleet, as observers add it up",
  panels: [
    graph(
      "Nodes",
      "none",
      "{{state}}, by {{instance}}",
      `florenetes_fabric_fleet_nodes{${OF_ALL}}`,
      "Each observer tells of its own partition. Two of one partition say the same.",
    ),
    graph(
      "Nodes that are unwell",
      "none",
      "{{finding}}, by {{instance}}",
      `florenetes_fabric_fleet_findings{${OF_ALL}}`,
      "A node with several findings counts in each of them.",
    ),
    graph(
      "Nodes that are unwell, by organization",
      "none",
      "{{organization}}, by {{instance}}",
      `florenetes_fabric_fleet_nodes{organization!="", role="", state="unwell", ${OF}}`,
    ),
    graph("Versions", "none", "{{version}}, by {{instance}}", `florenetes_fabric_fleet_versions{${OF}}`),
    graph(
      "Load that nine of ten nodes are below",
      "percent",
      "{{measure}}, by {{instance}}",
      nineOfTen("cpu|memory|sockets"),
    ),
    graph(
      "Round trip and jitter that nine of ten links are below",
      "s",
      "{{measure}}, by {{instance}}",
      `${nineOfTen("round-trip|jitter")} / 1e6`,
    ),
    graph(
      "Loss that nine of ten links are below",
      "percentunit",
      "{{measure}}, by {{instance}}",
      `${nineOfTen("loss")} / 1e6`,
    ),
    graph(
      "Reports that observers were told",
      "cps",
      "{{outcome}}",
      `sum by (outcome) (${rate("fabric_telemetry_records_total", OF)})`,
      "All but taken and known are refused.",
    ),
  ],
};
