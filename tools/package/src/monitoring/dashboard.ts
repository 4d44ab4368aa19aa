import type { Panel } from "./panel.ts";
import { ROWS } from "./panels.ts";

/** A dashboard's columns, in Grafana. */
const COLUMNS = 24;
/** Columns and lines of a panel of each kind. */
const SIZES = { stat: { w: 3, h: 4 }, timeseries: { w: 6, h: 8 } } as const;
const SOURCE = { type: "prometheus", uid: "${datasource}" } as const;
/** The version of Grafana's form for dashboards: that of Grafana 10, which later ones read. */
const SCHEMA_VERSION = 38;

/** The dashboard for Grafana, as its import takes it: a text in JSON. */
export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

function dashboard(): object {
  return {
    uid: "florenetes",
    title: "Florenetes",
    description: "A mesh of Florenetes, or some of its clusters and processes.",
    tags: ["florenetes"],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    templating: { list: variables() },
    panels: panels(),
  };
}

function variables(): object[] {
  const values = (name: string, label: string, query: string): object => ({
    name,
    label,
    type: "query",
    datasource: SOURCE,
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: ".*",
    current: { selected: true, text: ["All"], value: ["$__all"] },
  });
  return [
    { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", refresh: 1 },
    values("cluster", "Cluster", "label_values(florenetes_links, cluster)"),
    values("instance", "Process", 'label_values(up{job=~"florenetes.*"}, instance)'),
  ];
}

/** Lays out the rows below each other, and the panels of each from left to right. */
function panels(): object[] {
  const laid: object[] = [];
  let y = 0;
  const id = (): number => laid.length + 1;
  for (const { title, panels } of ROWS) {
    laid.push({ id: id(), type: "row", title, collapsed: false, gridPos: { x: 0, y, w: COLUMNS, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of panels) {
      const { w, h } = SIZES[panel.kind];
      if (x + w > COLUMNS) [x, y, height] = [0, y + height, 0];
      laid.push({ id: id(), gridPos: { x, y, w, h }, ...panelOf(panel) });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return laid;
}

function panelOf({ title, description, kind, unit, queries }: Panel): object {
  return {
    type: kind,
    title,
    description,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, ...(kind === "timeseries" && { min: 0 }) }, overrides: [] },
    options: kind === "stat" ? { reduceOptions: { calcs: ["lastNotNull"] } } : { tooltip: { mode: "multi" } },
    targets: queries.map(({ expression, legend }, index) => ({
      refId: String.fromCodePoint("A".codePointAt(0)! + index),
      datasource: SOURCE,
      expr: expression,
      legendFormat: legend === "" ? "__auto" : legend,
    })),
  };
}
