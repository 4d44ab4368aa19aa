/** Figures for people: a row for each, and a column for each run. */
import type { Percentiles } from "./percentiles.ts";
import type { Figures, Recovery } from "./run.ts";

export function tableOf(all: readonly Figures[]): string {
  const groups = [...new Set(all.flatMap(({ usage }) => usage.groups.map(({ name }) => name)))];
  const row = (name: string, of: (figures: Figures) => string): string => `| ${name} | ${all.map(of).join(" | ")} |`;
  return [
    row("devices", ({ devices }) => String(devices)),
    `| --- |${" --- |".repeat(all.length)}`,
    row("hubs", ({ hubs }) => String(hubs)),
    row("up", ({ up, devices }) => `${up.count} of ${devices}`),
    row("links of devices", ({ linksUp }) => String(linksUp)),
    row("until up: p50, p99, all", ({ up }) => secondsOf(up)),
    row("joins per second", ({ joinsPerSecond }) => joinsPerSecond.toFixed(1)),
    row("nodes whose reports coordinators hold", ({ reported }) => reported.join(", ")),
    row("reports per second at a coordinator", ({ reportsPerSecond }) => reportsPerSecond.toFixed(2)),
    row("letters per second of all devices", ({ lettersPerSecond }) => lettersPerSecond.toFixed(2)),
    ...groups.map((group) => row(`${group}: cores, MB`, (figures) => costOf(figures, group))),
    row("MB per device", ({ usage, devices }) => (megabytesOf(usage, "devices") / devices).toFixed(1)),
    row("back after all central processes died: p50, p99, all", ({ central }) => recoveryOf(central)),
    row("back after a hub died: p50, p99, all", ({ hub }) => recoveryOf(hub)),
    row("the machine: cores, of which others took", ({ usage: { machine } }) => {
      return `${machine.cores}, ${machine.othersCores.toFixed(2)}`;
    }),
    row("its load", ({ usage }) => usage.machine.load.toFixed(1)),
  ].join("\n");
}

function costOf({ usage }: Figures, group: string): string {
  const found = usage.groups.find(({ name }) => name === group);
  if (found === undefined) return "–";
  const { processes, cores, megabytes } = found;
  return `${cores.toFixed(3)}, ${Math.round(megabytes)}${processes > 1 ? ` (${processes} processes)` : ""}`;
}

function megabytesOf({ groups }: Figures["usage"], group: string): number {
  return groups.find(({ name }) => name === group)?.megabytes ?? 0;
}

function recoveryOf(recovery: Recovery): string {
  const { count, lost } = recovery;
  return `${secondsOf(recovery)} (${count} of ${lost})`;
}

function secondsOf({ p50, p99, max }: Percentiles): string {
  return [p50, p99, max].map((ms) => (ms === null ? "–" : `${(ms / 1_000).toFixed(1)} s`)).join(", ");
}
