import { figuresText, figureText, PERCENTILES } from "./figure-text.ts";
import { besideBulkOf, connectionsOf, cpuOf, medianOf, megabitsOf, roundTripOf } from "./medians.ts";
import { kilobytesPerConnection, type Memory, totalMemory } from "./measures/memory.ts";
import { noiseCell, noiseText } from "./noise-text.ts";
import type { SystemResult } from "./plan.ts";
import { markdownTable, type Table } from "./table.ts";

const HEADINGS = [
  "system",
  "links",
  "e2e encrypted",
  "Mbit/s, 1 / 8 streams",
  "CPU s per GB, 1 / 8",
  "round trip µs, p50 / p99",
  "… beside bulk, no limit",
  "… beside 200 Mbit/s",
  "connections/s, 1 / 16 at once",
  "PSS MB idle, all processes",
  "… with connections open",
  "KB per idle connection",
  "ready after s",
  "noise: cores busy / stolen, at worst",
];

/** What a run found, one row a system: medians over the repeats, and dashes for what was not measured. */
export function renderReport(results: readonly SystemResult[]): string {
  const remarks = [
    'CPU is that of the system\'s own processes; of the whole machine where marked with "*".',
    noiseText(results),
    ...results.map((result) => `- ${remarksOn(result)}`),
  ];
  return `${markdownTable(mainTable(results))}\n${remarks.join("\n")}\n`;
}

/** A row for each system. */
export function mainTable(results: readonly SystemResult[]): Table {
  return { headings: HEADINGS, rows: results.map(row) };
}

/** What outages did to a connection from a to d: medians, in milliseconds. No rows when none was measured. */
export function outageTable(results: readonly SystemResult[]): Table {
  const faults = [...new Set(results.flatMap(({ outages }) => outages.map(({ fault }) => fault)))];
  const headings = [
    "outage",
    "system",
    "connections that lived",
    "outage ms",
    "longest pause ms",
    "beyond the outage ms",
  ];
  const rows = faults.flatMap((fault) =>
    results.map((result) => {
      const struck = result.outages.filter((one) => one.fault === fault);
      const lived = struck.filter(({ lost }) => lost === null);
      const cells = [
        struck.length === 0 ? "–" : `${lived.length} of ${struck.length}`,
        figureText(medianOf(struck, ({ outageMs }) => outageMs)),
        figureText(medianOf(lived, ({ gapMs }) => gapMs)),
        figureText(medianOf(lived, ({ gapMs, outageMs }) => Math.max(0, gapMs - outageMs))),
      ];
      return [fault, nameOf(result), ...cells];
    }),
  );
  return { headings, rows };
}

export function nameOf({ description, key }: SystemResult): string {
  return description?.name ?? key;
}

function row(result: SystemResult): string[] {
  const { description } = result;
  const isWhole = result.throughput.some(({ isWholeMachine }) => isWholeMachine);
  return [
    nameOf(result),
    String(description?.links ?? "–"),
    description === undefined ? "–" : description.isEncryptedEndToEnd ? "yes" : "no",
    figuresText([1, 8], (streams) => megabitsOf(result, streams)),
    `${figuresText([1, 8], (streams) => cpuOf(result, streams), 1)}${isWhole ? "*" : ""}`,
    figuresText(PERCENTILES, (percentile) => roundTripOf(result, percentile)),
    figuresText(PERCENTILES, (percentile) => besideBulkOf(result, null, percentile)),
    figuresText(PERCENTILES, (percentile) => besideBulkOf(result, 200, percentile)),
    figuresText([1, 16], (parallel) => connectionsOf(result, parallel)),
    figureText(medianOf(result.memory, ({ idle }) => totalMemory(idle))),
    result.memory.map(heldText).join(" ") || "–",
    result.memory.map((memory) => figureText(kilobytesPerConnection(memory), 1)).join(" ") || "–",
    figureText(result.secondsToReady ?? undefined, 1),
    noiseCell(result),
  ];
}

/** What a system is, what it cannot do, and what could not be measured. */
function remarksOn(result: SystemResult): string {
  const { description, problems } = result;
  const about = description === undefined ? [] : [`${description.version}; ${description.topology}.`];
  const failed = problems.map((problem) => `Not measured: ${problem.split("\n")[0]}`);
  return `${nameOf(result)}: ${[...about, ...(description?.limits ?? []), ...failed].join(" ")}`;
}

/** Each number of connections once. */
function heldText({ held }: Memory): string {
  const first = held.filter(({ connections }, at) => held.findIndex((one) => one.connections === connections) === at);
  return first
    .map(({ connections, open }) => `${totalMemory(open).toFixed(0)} (${connections.toLocaleString("en")})`)
    .join(" / ");
}
