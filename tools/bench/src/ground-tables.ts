import { figuresText, figureText, PERCENTILES } from "./figure-text.ts";
import { type GroundResult, linksText } from "./grounds.ts";
import { besideBulkOf, cpuOf, megabitsOf, type Percentile, roundTripOf } from "./medians.ts";
import type { SystemResult } from "./plan.ts";
import { nameOf } from "./report.ts";
import type { Table } from "./table.ts";

/** A row for each system on each bad wire; none when there was none. */
export function badLinkTable(grounds: readonly GroundResult[]): Table {
  const headings = ["wire", "links", "system", "Mbit/s", "round trip ms, p50 / p99", "… beside bulk"];
  const rows = rowsOn(
    grounds.filter(({ of }) => of === "bad-link"),
    (result) => [
      figureText(megabitsOf(result, 1), 1),
      milliseconds((percentile) => roundTripOf(result, percentile)),
      milliseconds((percentile) => besideBulkOf(result, null, percentile)),
    ],
  );
  return { headings, rows };
}

/** A row for each system in each other place than the usual one. */
export function otherPlaceTable(grounds: readonly GroundResult[]): Table {
  const headings = [
    "place",
    "links",
    "system",
    "Mbit/s, 1 / 8 streams",
    "CPU s per GB, 1 / 8",
    "round trip µs, p50 / p99",
  ];
  const rows = rowsOn(
    grounds.filter(({ of }) => of !== "bad-link"),
    (result) => [
      figuresText([1, 8], (streams) => megabitsOf(result, streams)),
      figuresText([1, 8], (streams) => cpuOf(result, streams), 1),
      figuresText(PERCENTILES, (percentile) => roundTripOf(result, percentile)),
    ],
  );
  return { headings, rows };
}

/** Why systems are not in those tables, a line each. */
export function groundRemarks(grounds: readonly GroundResult[]): string {
  return grounds
    .flatMap(({ title, place, results }) =>
      results.flatMap((result) =>
        [...(result.cannot === null ? [] : [result.cannot]), ...result.problems].map(
          (why) =>
            `- ${[...new Set([title, linksText(place.links)])].join(", ")}, ${nameOf(result)}: not measured: ${why.split("\n")[0]}\n`,
        ),
      ),
    )
    .join("");
}

function rowsOn(grounds: readonly GroundResult[], cells: (result: SystemResult) => readonly string[]): string[][] {
  return grounds.flatMap(({ title, results }) =>
    results.map((result) => {
      const links = result.description === undefined ? "–" : linksText(result.description.links);
      return [title, links, nameOf(result), ...cells(result)];
    }),
  );
}

function milliseconds(micros: (percentile: Percentile) => number | undefined): string {
  return figuresText(PERCENTILES, (percentile) => divide(micros(percentile), 1000), 1);
}

function divide(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value / by;
}
