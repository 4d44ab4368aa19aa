import { type Curve } from "../micro/micro-table.ts";
import type { TransitResult } from "../transit/transit.ts";
import { medianOf } from "../medians.ts";
import type { Bar } from "./bar-chart.ts";
import type { Chart } from "./chart.ts";
import { drawLineChart } from "./line-chart.ts";

/** What a packet costs each process of the node. */
export function transitChart(results: readonly TransitResult[]): Chart {
  const names = [...new Set(results.map(({ name }) => name))];
  const groups = names.map((heading) => ({
    heading,
    bars: results.filter(({ name }) => name === heading).flatMap(transitBars),
  }));
  return { title: "CPU time per packet", meaning: "", unit: "µs", isLogarithmic: false, groups };
}

function transitBars({ packetBytes, packetsPerFrame, rounds, problem }: TransitResult): Bar[] {
  const frames = `${packetsPerFrame} × ${packetBytes.toLocaleString("en")} bytes`;
  const processes = [...new Set(rounds.flatMap(({ microsPerPacket }) => Object.keys(microsPerPacket)))];
  if (processes.length === 0) {
    return [{ label: frames, value: undefined, remark: problem?.slice(0, 60) ?? "not measured", kind: "own" }];
  }
  return processes.map((process): Bar => {
    const values = rounds.map(({ microsPerPacket }) => microsPerPacket[process]!);
    return {
      label: `${process}, ${frames}`,
      value: medianOf(values, (value) => value),
      ...(values.length > 1 ? { range: [Math.min(...values), Math.max(...values)] } : {}),
      kind: "own",
    };
  });
}

/** Those of one part of the product together: the first word of their names. */
export function drawCurves(curves: readonly Curve[]): readonly (readonly [part: string, svg: string])[] {
  const parts = Map.groupBy(curves, ({ name }) => name.split(":")[0]!);
  return [...parts].map(([part, of]) => {
    const lines = of.map(({ name, points }) => ({
      label: name.slice(part.length + 2),
      points: points.map(({ entries, nanoseconds }) => [entries, nanoseconds] as const),
    }));
    return [part, drawLineChart(lines, { across: "N", upwards: "nanoseconds of CPU time per operation" })] as const;
  });
}
