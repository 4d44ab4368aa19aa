import { linearScale, logarithmicScale, roundFigure, type Scale, tickText } from "./scale.ts";
import { escapeXml, svgOf } from "./xml.ts";

/** One bar: undefined where there is no figure, and then the reason. */
export interface Bar {
  readonly label: string;
  readonly value: number | undefined;
  /** Where single runs lay; the value is their median. */
  readonly range?: readonly [least: number, most: number];
  /** Shown in place of a bar, or after it. */
  readonly remark?: string;
  readonly kind: "own" | "peer" | "floor";
}

export interface BarGroup {
  /** Of the bars that are drawn together, such as "8 streams"; empty when there is one group alone. */
  readonly heading: string;
  readonly bars: readonly Bar[];
}

interface BarChartOptions {
  readonly unit: string;
  /** Figures that are far apart are told apart on a logarithmic scale; then bars begin at the power of ten below the least. */
  readonly isLogarithmic: boolean;
}

const LABEL_WIDTH = 270;
const PLOT_WIDTH = 430;
const FIGURE_WIDTH = 300;
const BAR_HEIGHT = 18;
const BAR_STEP = 24;
const HEADING_HEIGHT = 28;
const AXIS_HEIGHT = 24;

/** Horizontal bars over a grid, with what the grid means above and below. */
export function drawBarChart(groups: readonly BarGroup[], { unit, isLogarithmic }: BarChartOptions): string {
  const values = groups.flatMap(({ bars }) => bars.flatMap(({ value, range }) => [value, ...(range ?? [])]));
  const known = values.filter((value) => value !== undefined);
  const scale = (isLogarithmic ? logarithmicScale : linearScale)(known, PLOT_WIDTH);
  const parts: string[] = [];
  let top = AXIS_HEIGHT;
  for (const { heading, bars } of groups) {
    if (heading !== "") {
      parts.push(`<text class="heading" x="0" y="${top + 19}">${escapeXml(heading)}</text>`);
      top += HEADING_HEIGHT;
    }
    for (const bar of bars) {
      parts.push(drawBar(bar, top, unit, scale));
      top += BAR_STEP;
    }
  }
  const grid = known.length === 0 ? [] : [drawGrid(scale, unit, top)];
  return svgOf(LABEL_WIDTH + PLOT_WIDTH + FIGURE_WIDTH, top + AXIS_HEIGHT, [...grid, ...parts]);
}

function drawGrid({ at, ticks }: Scale, unit: string, bottom: number): string {
  const lines = ticks.map((tick) => `M${x(at(tick))} ${AXIS_HEIGHT - 4}V${bottom}`).join("");
  const texts = [AXIS_HEIGHT - 9, bottom + 16].map((y) => {
    const figures = ticks.map((tick) => `<text x="${x(at(tick))}" y="${y}">${tickText(tick)}</text>`).join("");
    return `<g class="tick" text-anchor="middle">${figures}</g><text class="tick" x="${LABEL_WIDTH - 26}" y="${y}" text-anchor="end">${escapeXml(unit)}</text>`;
  });
  return `<path class="grid" d="${lines}"/>${texts.join("")}`;
}

function drawBar(bar: Bar, top: number, unit: string, { at }: Scale): string {
  const middle = top + BAR_HEIGHT - 5;
  const label = `<text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${escapeXml(bar.label)}</text>`;
  if (bar.value === undefined) {
    return `${label}<text class="none" x="${LABEL_WIDTH + 4}" y="${middle}">${escapeXml(bar.remark ?? "not measured")}</text>`;
  }
  const length = at(bar.value).toFixed(1);
  const rect = `<rect class="${bar.kind}" x="${LABEL_WIDTH}" y="${top}" width="${length}" height="${BAR_HEIGHT}"/>`;
  const ends = bar.range?.map((end) => x(at(end)));
  const whisker =
    ends === undefined
      ? ""
      : `<path class="range" d="M${ends[0]} ${top + 3}v12M${ends[0]} ${top + 9}H${ends[1]}M${ends[1]} ${top + 3}v12"/>`;
  const right = x(Math.max(at(bar.value), at(bar.range?.[1] ?? 0)) + 6);
  const figure = [`${roundFigure(bar.value)} ${unit}`, ...(bar.remark === undefined ? [] : [bar.remark])].join(", ");
  return `${label}${rect}${whisker}<text x="${right}" y="${middle}">${escapeXml(figure)}</text>`;
}

function x(offset: number): string {
  return (LABEL_WIDTH + offset).toFixed(1);
}
