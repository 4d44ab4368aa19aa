/** The dashboard's queries, as Grafana asks them of Prometheus. */
import { fileURLToPath } from "node:url";
import { monitoringFiles } from "@florenetes/package/monitoring";
import type { Prometheus } from "./prometheus.ts";

/** Titles of rows that only some meshes have data for. */
export const VPN_ROW = "VPN";
export const FLEET_ROW = "Fleet, as observers add it up";

/** A query where all clusters and processes are chosen, and the title of its panel. */
export interface PanelQuery {
  readonly title: string;
  readonly query: string;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** The queries of the dashboard that is shipped, by the titles of its rows. Throws where a row with a name above is not there. */
export function dashboardRows(): Readonly<Record<string, readonly PanelQuery[]>> {
  const checkout = fileURLToPath(new URL("../../", import.meta.url));
  const { content } = monitoringFiles(checkout).find(({ path }) => path === "grafana/florenetes.json")!;
  if (!("text" in content)) throw new Error("the dashboard is not made, but copied");
  const rows: Record<string, PanelQuery[]> = {};
  let row: PanelQuery[] = [];
  for (const { type, title, targets = [] } of (JSON.parse(content.text) as { panels: readonly Panel[] }).panels) {
    if (type === "row") rows[title] = row = [];
    for (const { expr } of targets) {
      const query = expr.replaceAll(/\$(?:cluster|instance)\b/g, ".*").replaceAll("$__rate_interval", "1m");
      row.push({ title, query });
    }
  }
  for (const title of [VPN_ROW, FLEET_ROW])
    if (rows[title] === undefined) throw new Error(`the dashboard has no row "${title}"`);
  return rows;
}

/**
 * Asks queries again each time that it is called, until each of them has had a value that is a number. The promise has the titles of panels with others,
 * and rejects where Prometheus does not understand a query.
 */
export function unansweredBy(prometheus: Prometheus, queries: readonly PanelQuery[]): () => Promise<string[]> {
  const answered = new Set<PanelQuery>();
  return async () => {
    for (const asked of queries) {
      if (answered.has(asked)) continue;
      const results = await prometheus.query(asked.query);
      if (results.some(({ value: [, value] }) => value !== "NaN")) answered.add(asked);
    }
    return queries.filter((query) => !answered.has(query)).map(({ title }) => title);
  };
}
