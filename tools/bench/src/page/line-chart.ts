import { logarithmicScale, roundFigure, type Scale, tickText } from "./scale.ts";
import { escapeXml, svgOf } from "./xml.ts";

export interface Line {
  readonly label: string;
  /** From left to right. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface LineChartOptions {
  readonly across: string;
  readonly upwards: string;
}

const LEFT = 60;
const WIDTH = 440;
const HEIGHT = 260;
const TOP = 24;
const KEY_WIDTH = 520;
const KEY_STEP = 22;

/** Lines on two logarithmic scales; each is named at its side with its first and its last value. */
export function drawLineChart(lines: readonly Line[], { across, upwards }: LineChartOptions): string {
  const points = lines.flatMap((line) => line.points);
  const xs = logarithmicScale(
    points.map(([x]) => x),
    WIDTH,
  );
  const ys = logarithmicScale(
    points.map(([, y]) => y),
    HEIGHT,
  );
  const height = Math.max(TOP + HEIGHT + 44, TOP + lines.length * KEY_STEP);
  const parts = [drawGrid(xs, ys, across, upwards), ...lines.map((line, index) => drawLine(line, index, xs, ys))];
  return svgOf(LEFT + WIDTH + KEY_WIDTH, height, parts);
}

function drawGrid(xs: Scale, ys: Scale, across: string, upwards: string): string {
  const bottom = TOP + HEIGHT;
  const upright = xs.ticks.map((tick) => `M${x(xs, tick)} ${TOP}V${bottom}`);
  const level = ys.ticks.map((tick) => `M${LEFT} ${y(ys, tick)}H${LEFT + WIDTH}`);
  const below = xs.ticks.map((tick) => `<text x="${x(xs, tick)}" y="${bottom + 17}">${tickText(tick)}</text>`);
  const beside = ys.ticks.map(
    (tick) => `<text x="${LEFT - 6}" y="${Number(y(ys, tick)) + 4}" text-anchor="end">${tickText(tick)}</text>`,
  );
  return (
    `<path class="grid" d="${[...upright, ...level].join("")}"/><g class="tick">` +
    `<g text-anchor="middle">${below.join("")}</g>${beside.join("")}` +
    `<text x="${LEFT + WIDTH / 2}" y="${bottom + 36}" text-anchor="middle">${escapeXml(across)}</text>` +
    `<text x="${LEFT}" y="14">${escapeXml(upwards)}</text></g>`
  );
}

function drawLine({ label, points }: Line, index: number, xs: Scale, ys: Scale): string {
  const at = points.map(([right, up]) => [x(xs, right), y(ys, up)] as const);
  const dots = at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5"/>`).join("");
  const [keyX, keyY] = [LEFT + WIDTH + 24, TOP + 6 + index * KEY_STEP];
  const [first, last] = [points[0]![1], points.at(-1)![1]];
  const text = `${label}: ${roundFigure(first)} to ${roundFigure(last)}`;
  return (
    `<g class="line line${index % 8}"><path d="M${at.map((point) => point.join(" ")).join("L")}"/>${dots}` +
    `<path d="M${keyX} ${keyY}h22"/><circle cx="${keyX + 11}" cy="${keyY}" r="3.5"/></g>` +
    `<text x="${keyX + 30}" y="${keyY + 4}">${escapeXml(text)}</text>`
  );
}

function x({ at }: Scale, value: number): string {
  return (LEFT + at(value)).toFixed(1);
}

function y({ at }: Scale, value: number): string {
  return (TOP + HEIGHT - at(value)).toFixed(1);
}
