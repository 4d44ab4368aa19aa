import { join } from "node:path";
import type { ReleaseFile } from "../release.ts";
import { dashboardText } from "./dashboard.ts";

/** A file for those who watch a mesh, by its path below `share/florenetes`. */
export interface MonitoringFile {
  readonly path: string;
  readonly content: ReleaseFile["content"];
}

/** The alert rules for Prometheus, and the dashboard for Grafana. */
export function monitoringFiles(checkout: string): readonly MonitoringFile[] {
  const rules = join(checkout, "tools/package/monitoring/florenetes.rules.yml");
  return [
    { path: "prometheus/florenetes.rules.yml", content: { copyOf: rules } },
    { path: "grafana/florenetes.json", content: { text: dashboardText() } },
  ];
}
