import { type GroundResult, linksText } from "../grounds.ts";
import { USUAL_PLACE } from "../place.ts";
import type { SystemResult } from "../plan.ts";
import type { Run } from "../run.ts";
import { type Chart, type Figure, groupOf } from "./chart.ts";
import { besideBulkFigure, cpuFigure, roundTripFigure, throughputFigure } from "./figures.ts";

interface Section {
  readonly title: string;
  readonly charts: readonly Chart[];
}

/** What results in several places are told apart by. */
interface Placed {
  readonly heading: string;
  readonly links: number;
  readonly results: readonly SystemResult[];
}

/** The plots of what the run measured in other places, beside the usual one. */
export function groundSections({ results, grounds }: Pick<Run, "results" | "grounds">): Section[] {
  const among = (of: GroundResult["of"]): readonly GroundResult[] => grounds.filter((ground) => ground.of === of);
  const keys = new Set(grounds.flatMap((ground) => ground.results.map(({ key }) => key)));
  const usual = results.filter(({ key }) => keys.has(key));
  const usualAs = (heading: string): Placed[] =>
    usual.length === 0 ? [] : [{ heading, links: USUAL_PLACE.links, results: usual }];
  const offloads = among("offloads-off").map(placed);
  const links = among("links").map(placed);
  const sections: Section[] = [
    { title: "Offloads off", charts: mainCharts([...usualAs("offloads on"), ...offloads]) },
    { title: "One, three and six links", charts: mainCharts(byLinks([...links, ...usualAs("3 links")])) },
    ...[1, 3].map((count) => {
      const bad = among("bad-link").filter(({ place }) => place.links === count);
      return { title: `A bad wire, ${linksText(count)}`, charts: badCharts(bad.map(placed)) };
    }),
  ];
  const isTaken = [offloads.length > 0, links.length > 0, ...[1, 3].map((count) => hasLinks(among("bad-link"), count))];
  return sections.filter((_, index) => isTaken[index]);
}

function hasLinks(grounds: readonly GroundResult[], count: number): boolean {
  return grounds.some(({ place }) => place.links === count);
}

function placed({ title, place, results }: GroundResult): Placed {
  return { heading: title, links: place.links, results };
}

function byLinks(places: readonly Placed[]): Placed[] {
  return places.toSorted((left, right) => left.links - right.links);
}

function mainCharts(places: readonly Placed[]): Chart[] {
  return [
    chart("Throughput, 1 stream", "Mbit/s", places, throughputFigure(1)),
    chart("Throughput, 8 streams", "Mbit/s", places, throughputFigure(8)),
    chart("CPU time per gigabyte, 1 stream", "s/GB", places, cpuFigure(1)),
    chart("Round trip, median", "µs", places, roundTripFigure("p50Micros")),
  ];
}

function badCharts(places: readonly Placed[]): Chart[] {
  return [
    chart("Throughput, 1 stream", "Mbit/s", places, throughputFigure(1)),
    chart("Round trip, 99th percentile", "ms", places, inMilliseconds(roundTripFigure("p99Micros"))),
    chart(
      "Round trip beside a bulk transfer, 99th percentile",
      "ms",
      places,
      inMilliseconds(besideBulkFigure(null, "p99Micros")),
    ),
  ];
}

function inMilliseconds<T>(figure: Figure<T>): Figure<T> {
  return { ...figure, figure: (one) => figure.figure(one) / 1000 };
}

function chart<T>(title: string, unit: string, places: readonly Placed[], figure: Figure<T>): Chart {
  return {
    title,
    meaning: "",
    unit,
    isLogarithmic: true,
    groups: places.map(({ heading, links, results }) => groupOf({ heading, links, results, ...figure })),
  };
}
