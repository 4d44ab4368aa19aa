import { medianOf } from "./figures.ts";
import { nameOf, resultsIn, type Run } from "./run.ts";
import type { SystemResult } from "./system-result.ts";

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
 * CPU time per gigabyte as an SVG of its own. Each system and each floor has a bar, as long as its median.
 *
 * @throws Error when the throughput was not measured.
 */
export function renderPlot(run: Pick<Run, "results">): string {
  const results = [...resultsIn(run, "usual"), ...resultsIn(run, "floor")];
  const groups = ([1, 8] as const).map((streams) => {
    return results.map((result) => ({ result, cost: medianOf(result.figures[`CPU s per GB, ${streams}`]) }));
  });
  const costs = groups.flat().flatMap(({ cost }) => cost ?? []);
  if (costs.length === 0) throw new Error("there is no plot without the throughput: measure it, too");
  const scale = PLOT_WIDTH / Math.max(...costs);
  let y = 0;
  const drawn = groups.flatMap((group, index) => {
    const heading = text(0, (y += HEADING_HEIGHT) - 12, index === 0 ? "1 stream" : "8 streams", 'class="heading"');
    const bars = group.filter(({ result, cost }) => result.place.of === "usual" || cost !== undefined);
    return [heading, ...bars.map(({ result, cost }) => drawBar(result, cost, (y += BAR_STEP) - BAR_STEP, scale))];
  });
  const size = `width="${LABEL_WIDTH + PLOT_WIDTH + FIGURE_WIDTH}" height="${y}"`;
  const paper = '<rect width="100%" height="100%" fill="#fff"/>';
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}><style>${STYLE}</style>${paper}\n${drawn.join("\n")}\n</svg>\n`;
}

function drawBar(result: SystemResult, cost: number | undefined, y: number, scale: number): string {
  const kind = result.place.of === "floor" ? "floor" : result.key === "florenetes" ? "own" : "peer";
  const length = (cost ?? 0) * scale;
  const figure = cost === undefined ? "not measured" : `${Number(cost.toPrecision(3))} s/GB`;
  const bar = `<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}"/>`;
  const middle = y + BAR_HEIGHT - 5;
  const named = text(LABEL_WIDTH - 8, middle, labelOf(result), 'text-anchor="end"');
  return named + bar + text(LABEL_WIDTH + length + 6, middle, figure);
}

function labelOf(result: SystemResult): string {
  if (result.place.of === "floor") return `floor: ${nameOf(result)}`;
  const links = result.links === undefined || result.links === 3 ? "" : ` (${result.links} links)`;
  return `${nameOf(result)}${links}${result.key === "kernel" ? "*" : ""}`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escaped}</text>`;
}
