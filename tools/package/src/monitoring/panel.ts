/** The form of a panel of the dashboard, and functions that make the usual ones. */

export interface Panel {
  readonly title: string;
  /** A sentence that says what a good graph looks like, or what to look at; "" where the title says all. */
  readonly description: string;
  readonly kind: "stat" | "timeseries";
  /** A unit as Grafana names it. */
  readonly unit: string;
  readonly queries: readonly { readonly expression: string; readonly legend: string }[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** The selectors that the variables of the dashboard make. Figures that link-flor has once for all clusters have no cluster. */
export const OF = 'cluster=~"$cluster", instance=~"$instance"';
export const OF_PROCESS = 'cluster=~"|$cluster", instance=~"$instance"';
export const WINDOW = "[$__rate_interval]";

export const DAY_S = 86_400;

/** The expression for what a counter gains in a second. Metrics are named without `florenetes_`. */
export function rate(metric: string, labels: string): string {
  return `rate(florenetes_${metric}{${labels}}${WINDOW})`;
}

/** A panel with one query. */
export function graph(title: string, unit: string, legend: string, expression: string, description = ""): Panel {
  return { title, description, kind: "timeseries", unit, queries: [{ expression, legend }] };
}
