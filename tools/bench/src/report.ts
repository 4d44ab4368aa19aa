import type { SystemResult } from "./plan.ts";

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
  "… with connections",
  "ready after s",
];

/** What a run found, one row a system: medians over the repeats, and dashes for what was not measured. */
export function renderReport(results: readonly SystemResult[]): string {
  const [headings = [], ...figures] = tableRows(results);
  const rows = [headings, headings.map(() => "---"), ...figures];
  const remarks = [
    'CPU is that of the system\'s own processes; of the whole machine where marked with "*".',
    noiseOf(results),
    ...results.map((result) => `- ${remarksOn(result)}`),
  ];
  return `${rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n\n${remarks.join("\n")}\n`;
}

/** The main table: headings, then a row for each system. */
export function tableRows(results: readonly SystemResult[]): string[][] {
  return [HEADINGS, ...results.map(row)];
}

/** What outages did to a connection from a to d: medians, in milliseconds. Empty when none was measured. */
export function renderOutages(results: readonly SystemResult[]): string {
  const faults = [...new Set(results.flatMap(({ outages }) => outages.map(({ fault }) => fault)))];
  if (faults.length === 0) return "";
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
        median(struck, ({ outageMs }) => outageMs),
        median(lived, ({ gapMs }) => gapMs),
        median(lived, ({ gapMs, outageMs }) => Math.max(0, gapMs - outageMs)),
      ];
      return [fault, nameOf(result), ...cells];
    }),
  );
  return [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

export function nameOf({ description, key }: SystemResult): string {
  return description?.name ?? key;
}

function row(result: SystemResult): string[] {
  const { description } = result;
  const throughput = (streams: number) => result.throughput.filter((one) => one.streams === streams);
  const rate = (parallel: number) =>
    median(
      result.connectionRate.filter((one) => one.parallel === parallel),
      ({ perSecond }) => perSecond,
    );
  const beside = (isLimited: boolean) =>
    roundTrip(result.besideBulk.filter(({ limitMegabits }) => (limitMegabits !== null) === isLimited));
  const mark = result.throughput.some(({ isWholeMachine }) => isWholeMachine) ? "*" : "";
  const megabits = [1, 8].map((streams) => median(throughput(streams), (one) => one.megabitsPerSecond));
  const cpu = [1, 8].map((streams) => median(throughput(streams), (one) => one.cpuSecondsPerGigabyte, 1));
  return [
    nameOf(result),
    String(description?.links ?? "–"),
    description === undefined ? "–" : description.isEncryptedEndToEnd ? "yes" : "no",
    megabits.join(" / "),
    `${cpu.join(" / ")}${mark}`,
    roundTrip(result.roundTrip),
    beside(false),
    beside(true),
    `${rate(1)} / ${rate(16)}`,
    median(result.memory, ({ idle }) => sum(idle)),
    median(result.memory, ({ withConnections }) => sum(withConnections)),
    result.secondsToReady?.toFixed(1) ?? "–",
  ];
}

function roundTrip(taken: readonly { readonly p50Micros: number; readonly p99Micros: number }[]): string {
  return `${median(taken, ({ p50Micros }) => p50Micros)} / ${median(taken, ({ p99Micros }) => p99Micros)}`;
}

/** What a system is, what it cannot do, and what could not be measured. */
export function remarksOn(result: SystemResult): string {
  const { description, problems } = result;
  const about = description === undefined ? [] : [`${description.version}; ${description.topology}.`];
  const failed = problems.map((problem) => `Not measured: ${problem.split("\n")[0]}`);
  return `${nameOf(result)}: ${[...about, ...(description?.limits ?? []), ...failed].join(" ")}`;
}

/** How noisy the machine was, at worst. */
export function noiseOf(results: readonly SystemResult[]): string {
  const noises = results.flatMap((result) =>
    [
      result.throughput,
      result.roundTrip,
      result.besideBulk,
      result.connectionRate,
      result.memory,
      result.outages,
    ].flatMap((taken) => taken.map(({ noise }) => noise)),
  );
  const busy = Math.max(0, ...noises.map(({ busyCores }) => busyCores));
  const stolen = Math.max(0, ...noises.map(({ stolenCores }) => stolenCores));
  return (
    `Before a measure began, at most ${busy.toFixed(2)} cores were busy with something else; ` +
    `while one ran, at most ${stolen.toFixed(2)} cores were taken by other machines.`
  );
}

function sum(memory: Readonly<Record<string, number>>): number {
  return Object.values(memory).reduce((total, one) => total + one, 0);
}

/** Of no figures at all: a dash, as what was not measured is shown. */
function median<T>(taken: readonly T[], figure: (one: T) => number, digits = 0): string {
  const value = medianOf(taken, figure);
  return value === undefined ? "–" : value.toFixed(digits);
}

export function medianOf<T>(taken: readonly T[], figure: (one: T) => number): number | undefined {
  return taken
    .map(figure)
    .sort((left, right) => left - right)
    .at(Math.floor(taken.length / 2));
}
