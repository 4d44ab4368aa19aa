import { medianOf } from "./figures.ts";
import { nameOf, resultsIn, type Run } from "./run.ts";
import type { SystemResult } from "./system-result.ts";

interface Bar {
  readonly label: string;
  /** Undefined where it was not measured. */
  readonly value: number | undefined;
  readonly kind: "own" | "peer" | "floor";
}

const LABEL_WIDTH = 270;
const PLOT_WIDTH = 430;
const FIGURE_WIDTH = 300;
const BAR_HEIGHT = 18;
const BAR_STEP = 24;
const HEADING_HEIGHT = 32;

const STYLE =
  "text { font: 13px system-ui, sans-serif; fill: #1c2430 } .heading { font-weight: 600 } " +
  ".own { fill: #c8501e } .peer { fill: #8aa3c0 } .floor { fill: #c9c29a }";

/**
 * CPU time per gigabyte as an SVG that stands alone: a bar for each system and for the floors, as long as its median.
 *
 * @throws Error when the throughput was not measured.
 */
export function renderPlot(run: Pick<Run, "results">): string {
  const groups = ([1, 8] as const).map((streams) => barsOf(run, streams));
  const values = groups.flat().flatMap(({ value }) => value ?? []);
  if (values.length === 0) throw new Error("there is no plot without the throughput: measure it, too");
  const scale = PLOT_WIDTH / Math.max(...values);
  let y = 0;
  const drawn = groups.flatMap((bars, index) => {
    const heading = text(0, (y += HEADING_HEIGHT) - 12, index === 0 ? "1 stream" : "8 streams", 'class="heading"');
    return [heading, ...bars.map((bar) => drawBar(bar, (y += BAR_STEP) - BAR_STEP, scale))];
  });
  const size = `width="${LABEL_WIDTH + PLOT_WIDTH + FIGURE_WIDTH}" height="${y}"`;
  const paper = '<rect width="100%" height="100%" fill="#fff"/>';
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}><style>${STYLE}</style>${paper}\n${drawn.join("\n")}\n</svg>\n`;
}

function barsOf(run: Pick<Run, "results">, streams: 1 | 8): Bar[] {
  const barOf = (result: SystemResult, label: string, kind: Bar["kind"]): Bar => {
    return { label, value: medianOf(result.figures[`CPU s per GB, ${streams}`]), kind };
  };
  const systems = resultsIn(run, "usual").map((result) => {
    const links = result.links === undefined || result.links === 3 ? "" : ` (${result.links} links)`;
    const label = `${nameOf(result)}${links}${result.key === "kernel" ? "*" : ""}`;
    return barOf(result, label, result.key === "florenetes" ? "own" : "peer");
  });
  const floors = resultsIn(run, "floor").map((result) => barOf(result, `floor: ${nameOf(result)}`, "floor"));
  return [...systems, ...floors.filter(({ value }) => value !== undefined)];
}

function drawBar({ label, value, kind }: Bar, y: number, scale: number): string {
  const length = (value ?? 0) * scale;
  const figure = value === undefined ? "not measured" : `${Number(value.toPrecision(3))} s/GB`;
  const bar = `<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}"/>`;
  const middle = y + BAR_HEIGHT - 5;
  return (
    text(LABEL_WIDTH - 8, middle, label, 'text-anchor="end"') + bar + text(LABEL_WIDTH + length + 6, middle, figure)
  );
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escaped}</text>`;
}
