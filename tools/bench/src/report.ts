import type { SystemResult } from "./plan.ts";

const HEADINGS = [
  "system",
  "e2e encrypted",
  "Mbit/s, 1 / 8 streams",
  "CPU s per GB, 1 / 8",
  "round trip µs, p50 / p99",
  "connections/s, 1 / 16 at once",
  "PSS MB idle, all processes",
  "… with connections",
  "ready after s",
];

/** The main table, in Markdown: medians over the repeats. CPU is the system's own processes', the whole machine's where
 *  marked with "*". */
export function renderReport(results: readonly SystemResult[]): string {
  const rows = [HEADINGS, HEADINGS.map(() => "---"), ...results.map(row)];
  const noisiest = Math.max(0, ...results.flatMap(({ throughput }) => throughput.map(({ idleLoad }) => idleLoad)));
  const noise = `Before a measure began, at most ${noisiest.toFixed(2)} cores were busy with something else.`;
  return `${rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n\n${noise}\n`;
}

/** What outages did to a connection over the three links: medians, in milliseconds. */
export function renderOutages(results: readonly SystemResult[]): string {
  const headings = [
    "outage",
    "system",
    "connections that lived",
    "outage ms",
    "longest pause ms",
    "beyond the outage ms",
  ];
  const faults = [...new Set(results.flatMap(({ outages }) => outages.map(({ fault }) => fault)))];
  const rows = faults.flatMap((fault) =>
    results.flatMap(({ name, outages }) => {
      const struck = outages.filter((one) => one.fault === fault);
      if (struck.length === 0) return [];
      const lived = struck.filter(({ lost }) => lost === null);
      const figures = [
        median(
          struck.map(({ outageMs }) => outageMs),
          0,
        ),
        median(
          lived.map(({ gapMs }) => gapMs),
          0,
        ),
        median(
          lived.map(({ gapMs, outageMs }) => Math.max(0, gapMs - outageMs)),
          0,
        ),
      ];
      return [[fault, name, `${lived.length} of ${struck.length}`, ...figures]];
    }),
  );
  return [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function row(result: SystemResult): string[] {
  const throughput = (streams: number) => result.throughput.filter((one) => one.streams === streams);
  const rate = (parallel: number) => result.connectionRate.filter((one) => one.parallel === parallel);
  const megabits = (streams: number) =>
    median(
      throughput(streams).map((one) => one.megabitsPerSecond),
      0,
    );
  const cpu = (streams: number) =>
    median(
      throughput(streams).map((one) => one.cpuSecondsPerGigabyte),
      1,
    );
  const mark = result.throughput.some(({ isWholeMachine }) => isWholeMachine) ? "*" : "";
  const sum = (memory: Readonly<Record<string, number>>) =>
    Object.values(memory).reduce((total, one) => total + one, 0);
  return [
    result.name,
    result.isEncryptedEndToEnd ? "yes" : "no",
    `${megabits(1)} / ${megabits(8)}`,
    `${cpu(1)} / ${cpu(8)}${mark}`,
    `${median(
      result.roundTrip.map((one) => one.p50Micros),
      0,
    )} / ${median(
      result.roundTrip.map((one) => one.p99Micros),
      0,
    )}`,
    `${median(
      rate(1).map((one) => one.perSecond),
      0,
    )} / ${median(
      rate(16).map((one) => one.perSecond),
      0,
    )}`,
    median(
      result.memory.map((one) => sum(one.idle)),
      0,
    ),
    median(
      result.memory.map((one) => sum(one.withConnections)),
      0,
    ),
    result.secondsToReady.toFixed(1),
  ];
}

/** Of no figures at all: a dash, as what could not be measured is shown. */
function median(values: readonly number[], digits: number): string {
  if (values.length === 0) return "–";
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)]!.toFixed(digits);
}
