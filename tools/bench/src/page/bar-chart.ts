/** One bar: undefined where there is no figure, and then the reason. */
export interface Bar {
  readonly label: string;
  readonly value: number | undefined;
  /** Where single runs lay; the value is their median. */
  readonly range?: readonly [least: number, most: number];
  /** Shown in place of a bar, or after it. */
  readonly remark?: string;
  readonly isOwn: boolean;
}

export interface BarGroup {
  /** Of the bars that are drawn together, such as "8 streams"; empty when there is one group alone. */
  readonly heading: string;
  readonly bars: readonly Bar[];
}

interface ChartOptions {
  readonly unit: string;
  /** Figures that are far apart are told apart on a logarithmic scale; then bars begin at the power of ten below the least. */
  readonly isLogarithmic: boolean;
}

const LABEL_WIDTH = 270;
const PLOT_WIDTH = 430;
const FIGURE_WIDTH = 300;
const BAR_HEIGHT = 18;
const BAR_STEP = 24;
const HEADING_HEIGHT = 26;

/** Horizontal bars, as an SVG element that needs nothing but its text. */
export function drawBarChart(groups: readonly BarGroup[], { unit, isLogarithmic }: ChartOptions): string {
  const values = groups.flatMap(({ bars }) => bars.flatMap(({ value, range }) => [value, ...(range ?? [])]));
  const scale = makeScale(values.filter((value) => value !== undefined && value > 0) as number[], isLogarithmic);
  const parts: string[] = [];
  let top = 0;
  for (const { heading, bars } of groups) {
    if (heading !== "") {
      parts.push(`<text class="heading" x="0" y="${top + 17}">${escapeXml(heading)}</text>`);
      top += HEADING_HEIGHT;
    }
    for (const bar of bars) {
      parts.push(drawBar(bar, top, unit, scale));
      top += BAR_STEP;
    }
  }
  const width = LABEL_WIDTH + PLOT_WIDTH + FIGURE_WIDTH;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${top}" width="${width}">${parts.join("")}</svg>`;
}

function drawBar(bar: Bar, top: number, unit: string, scale: (value: number) => number): string {
  const middle = top + BAR_HEIGHT - 5;
  const label = `<text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${escapeXml(bar.label)}</text>`;
  if (bar.value === undefined) {
    return `${label}<text class="none" x="${LABEL_WIDTH}" y="${middle}">${escapeXml(bar.remark ?? "not measured")}</text>`;
  }
  const length = scale(bar.value).toFixed(1);
  const rect = `<rect class="${bar.isOwn ? "own" : "peer"}" x="${LABEL_WIDTH}" y="${top}" width="${length}" height="${BAR_HEIGHT}"/>`;
  const ends = bar.range?.map((end) => (LABEL_WIDTH + scale(end)).toFixed(1));
  const whisker =
    ends === undefined
      ? ""
      : `<path class="range" d="M${ends[0]} ${top + 3}v12M${ends[0]} ${top + 9}H${ends[1]}M${ends[1]} ${top + 3}v12"/>`;
  const right = LABEL_WIDTH + Math.max(scale(bar.value), scale(bar.range?.[1] ?? 0)) + 6;
  const figure = [`${roundFigure(bar.value)} ${unit}`, ...(bar.remark === undefined ? [] : [bar.remark])].join(", ");
  return `${label}${rect}${whisker}<text x="${right.toFixed(1)}" y="${middle}">${escapeXml(figure)}</text>`;
}

/** Lengths in pixels, of values from none to the greatest. */
function makeScale(values: readonly number[], isLogarithmic: boolean): (value: number) => number {
  const most = Math.max(1e-9, ...values);
  if (!isLogarithmic) return (value) => Math.max(0, (value / most) * PLOT_WIDTH);
  const floor = Math.floor(Math.log10(Math.min(most, ...values)));
  const decades = Math.max(1, Math.log10(most) - floor);
  return (value) => (value <= 0 ? 0 : Math.max(0, ((Math.log10(value) - floor) / decades) * PLOT_WIDTH));
}

/** Three figures that count. */
export function roundFigure(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3));
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
