import { aimsOf, aimTable } from "./aims.ts";
import { medianOf } from "./figures.ts";
import { totalOf } from "./floors/cpu-floor.ts";
import { renderMicro } from "./micro/micro-table.ts";
import { linksText } from "./place.ts";
import { nameOf, resultOf, resultsIn } from "./results.ts";
import type { Run } from "./run.ts";
import type { FaultName } from "./system.ts";
import type { SystemResult } from "./system-result.ts";
import { type Column, markdownTable, medians, problemLines, tableOf, text } from "./tables.ts";
import { renderTransit } from "./transit/transit.ts";

const NAME: Column<SystemResult> = { heading: "system", cell: nameOf };
const LINKS: Column<SystemResult> = { heading: "links", cell: ({ links }) => text(links) };
const THROUGHPUT = medians("Mbit/s, 1 / 8 streams", ["Mbit/s, 1", "Mbit/s, 8"]);
const CPU = medians("CPU s per GB, 1 / 8", ["CPU s per GB, 1", "CPU s per GB, 8"], 1);
const ROUND_TRIP = medians("round trip µs, p50 / p99", ["round trip, p50", "round trip, p99"]);

/** The columns that a reader who chooses wants to see first. CPU time of the kernel is that of the whole machine. */
const MAIN: readonly Column<SystemResult>[] = [
  NAME,
  LINKS,
  { heading: "e2e encrypted", cell: encryptedText },
  THROUGHPUT,
  { heading: CPU.heading, cell: (result) => `${CPU.cell(result)}${result.key === "kernel" ? "*" : ""}` },
  ROUND_TRIP,
  medians("connections/s, 1 / 16 at once", ["connections/s, 1", "connections/s, 16"]),
  medians("PSS MB idle, all processes", ["memory, idle"]),
];

const MORE: readonly Column<SystemResult>[] = [
  medians("round trip beside bulk, no limit", ["beside bulk, p50", "beside bulk, p99"]),
  medians("… beside 200 Mbit/s", ["beside 200 Mbit/s, p50", "beside 200 Mbit/s, p99"]),
  medians("PSS MB with 200 / 10,000 connections open", ["memory, 200 open", "memory, 10000 open"]),
  medians("KB per idle connection", ["KB per connection"], 1),
  medians("ready after s", ["ready s"], 1),
  { heading: "noise: cores busy / stolen, at worst", cell: ({ noise }) => noiseText(noise) },
];

const BAD_WIRE: readonly Column<SystemResult>[] = [
  { heading: "wire", cell: ({ place }) => place.title },
  LINKS,
  NAME,
  medians("Mbit/s", ["Mbit/s, 1"], 1),
  medians("round trip ms, p50 / p99", ["round trip, p50", "round trip, p99"], 1, 1e-3),
  medians("… beside bulk", ["beside bulk, p50", "beside bulk, p99"], 1, 1e-3),
];

const OTHER_PLACE: readonly Column<SystemResult>[] = [
  { heading: "place", cell: ({ place }) => place.title },
  LINKS,
  NAME,
  THROUGHPUT,
  CPU,
  ROUND_TRIP,
];

const MEANING =
  'Medians; a dash where something was not measured. CPU is that of the system\'s own processes; of the whole machine where marked with "*". ' +
  "Before a measure began, at most so many cores were busy with something else, and while one ran at most so many were given to other machines.";

const FLOORS_MEANING =
  "A floor is what the architecture costs on this machine before any protocol: eight Node processes in a row that only pass 64 bytes on " +
  "over the same kinds of sockets; two plain TCP proxies in Node; and the sum of what the steps of a packet cost alone. " +
  "Of connections more is better, of all else less.";

/** All that a run found, as Markdown; what it did not measure is left out. The aims come last: on a terminal they are seen first. */
export function renderRun(run: Run): string {
  const { results, transit, micro } = run;
  const usual = resultsIn(run, "usual");
  const parts = [
    headOf(run),
    tableOf([...MAIN, ...MORE], usual),
    usual.length === 0 ? "" : `${MEANING}\n${usual.map(remarksOn).join("")}`,
    outageTable(usual),
    tableOf(OTHER_PLACE, [...resultsIn(run, "offloads-off"), ...resultsIn(run, "links")]),
    tableOf(BAD_WIRE, resultsIn(run, "bad-link")),
    results.map(missingText).join(""),
    problemLines("floors", run.problems),
    renderFloors(run),
    transit.length === 0 ? "" : renderTransit(transit),
    micro.length === 0 ? "" : renderMicro(micro),
    aimTable(aimsOf(run)),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** The columns that are published. */
export function mainTable(run: Run): string {
  return tableOf(MAIN, resultsIn(run, "usual"));
}

function headOf({ takenAt, tookSeconds, commit, machine, plan }: Run): string {
  return (
    `Taken ${takenAt} in ${(tookSeconds / 60).toFixed(1)} minutes at ${commit}, on ${machine.cores} cores (${machine.model}), Linux ` +
    `${machine.kernel}, Node ${machine.node}; medians of ${plan.repeats === 1 ? "1 run" : `${plan.repeats} runs`}.\n`
  );
}

/** The effects of outages on a connection from a to d: medians, in milliseconds. */
export function outageTable(results: readonly SystemResult[]): string {
  const names = results.flatMap(({ figures }) => Object.keys(figures).filter((name) => name.startsWith("lost, ")));
  const faults = [...new Set(names)].map((name) => name.slice("lost, ".length) as FaultName);
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
      const lost = result.figures[`lost, ${fault}`];
      const lived = lost === undefined ? "–" : `${lost.filter((one) => one === 0).length} of ${lost.length}`;
      const figures = (["outage ms", "pause ms", "beyond ms"] as const).map(
        (name) => result.figures[`${name}, ${fault}`],
      );
      return [fault, nameOf(result), lived, ...figures.map((taken) => text(medianOf(taken)))];
    }),
  );
  return markdownTable(headings, rows);
}

/** The floors, and how far above them the mesh is in the same run. */
function renderFloors(run: Run): string {
  const mesh = resultOf(run, "florenetes");
  const row = (name: string, floor: number | undefined, ours: number | undefined, digits = 0): string[] => {
    const ratio = floor === undefined || ours === undefined ? undefined : ours / floor;
    return [name, text(floor, digits), text(ours, digits), text(ratio, 2)];
  };
  const measured = (["round trip, p50", "round trip, p99", "connections/s, 1", "connections/s, 16"] as const).flatMap(
    (figure) =>
      resultsIn(run, "floor").map((floor) =>
        row(`${figure}: ${nameOf(floor)}`, medianOf(floor.figures[figure]), medianOf(mesh?.figures[figure])),
      ),
  );
  const summed = run.cpuFloors.flatMap((floor) =>
    (["CPU s per GB, 1", "CPU s per GB, 8"] as const).map((figure) =>
      row(`${figure}: ${floor.title}`, totalOf(floor), medianOf(mesh?.figures[figure]), 1),
    ),
  );
  const rows = [...measured, ...summed].filter(([, floor]) => floor !== "–");
  if (rows.length === 0) return "";
  const sums = run.cpuFloors.map(({ title, parts }) => {
    const texts = parts.map(
      ({ name, times, cpuSecondsPerGigabyte }) => `${name}, ${times} × ${(cpuSecondsPerGigabyte / times).toFixed(2)}`,
    );
    return `- CPU s per GB with ${title}: ${texts.join("; ")}.\n`;
  });
  return `${markdownTable(["floor", "floor's", "mesh's", "mesh / floor"], rows)}\n${FLOORS_MEANING}\n${sums.join("")}`;
}

function remarksOn({ description }: SystemResult): string {
  if (description === undefined) return "";
  const { name, version, about } = description;
  return `- ${name}: ${version}; ${about}.\n`;
}

function encryptedText({ description }: SystemResult): string {
  return description === undefined ? "–" : description.isEncryptedEndToEnd ? "yes" : "no";
}

function missingText(result: SystemResult): string {
  const { place, cannot, problems } = result;
  const where = ["usual", "floor"].includes(place.of) ? [] : [...new Set([place.title, linksText(place.links)])];
  return problemLines([...where, nameOf(result)].join(", "), cannot === undefined ? problems : [cannot]);
}

function noiseText(noise: SystemResult["noise"]): string {
  if (noise.length === 0) return "–";
  const worst = (["busy", "stolen"] as const).map((name) => Math.max(...noise.map((one) => one[name])));
  return worst.map((cores) => cores.toFixed(2)).join(" / ");
}
