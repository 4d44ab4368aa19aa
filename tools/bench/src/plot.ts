import { totalOf } from "./floors/cpu-floor.ts";
import { medianOf } from "./medians.ts";
import { nameOf } from "./report.ts";
import type { SystemResult } from "./plan.ts";
import type { Figures } from "./run.ts";

/** The bar is as long as the median of the values; a line across its end reaches from the least to the most. */
interface Bar {
  readonly label: string;
  readonly values: readonly number[];
  /** Why there is no value, or what is special about them. */
  readonly remark: string;
  readonly kind: "own" | "peer" | "floor";
}

const LABEL_WIDTH = 270;
const PLOT_WIDTH = 430;
const FIGURE_WIDTH = 300;
const BAR_HEIGHT = 18;
const BAR_STEP = 24;
const HEADING_HEIGHT = 28;
const AXIS_HEIGHT = 24;
const UNIT = "s/GB";

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1c2430 } .heading { font-weight: 600 } .tick { font-size: 11px; fill: #66707c }
.own { fill: #c8501e } .peer { fill: #8aa3c0 } .floor { fill: #c9c29a } .grid { stroke: #dde3ea } .range { stroke: #1c2430; fill: none }`;

/**
 * CPU time per gigabyte as an SVG that stands alone: a bar for each system and for the floors, on a logarithmic scale.
 * @throws Error when the throughput was not measured.
 */
export function renderPlot({ results, floors }: Pick<Figures, "results" | "floors">): string {
  const cpu = floors?.cpu;
  const floorBars: readonly Bar[] = cpu
    ? [
        { label: "floor: packets of 16 KB", values: [totalOf(cpu.large)], remark: "", kind: "floor" },
        { label: "floor: packets of 1,280 bytes", values: [totalOf(cpu.small)], remark: "", kind: "floor" },
      ]
    : [];
  const groups = [1, 8].map((streams) => [...results.map((result) => barOf(result, streams)), ...floorBars]);
  const values = groups.flat().flatMap((bar) => bar.values);
  if (values.length === 0) throw new Error("there is no plot without the throughput: measure it, too");
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  const at = (value: number): number => LABEL_WIDTH + ((Math.log10(value) - first) / (last - first)) * PLOT_WIDTH;

  const parts: string[] = [];
  let top = AXIS_HEIGHT;
  for (const [index, heading] of ["1 stream", "8 streams"].entries()) {
    parts.push(text(0, top + 19, heading, 'class="heading"'));
    top += HEADING_HEIGHT;
    for (const bar of groups[index]!) {
      parts.push(drawBar(bar, top, at));
      top += BAR_STEP;
    }
  }
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const grid = ticks.map((tick) => {
    const figure = text(at(tick), AXIS_HEIGHT - 9, String(tick), 'class="tick" text-anchor="middle"');
    return `<path class="grid" d="M${at(tick).toFixed(1)} ${AXIS_HEIGHT - 4}V${top}"/>${figure}`;
  });
  const [width, height] = [LABEL_WIDTH + PLOT_WIDTH + FIGURE_WIDTH, top + BAR_STEP / 2];
  const box = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const paper = '<rect width="100%" height="100%" fill="#fff"/>';
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${box}><style>${STYLE}</style>${paper}${[...grid, ...parts].join("\n")}</svg>\n`;
}

function barOf(result: SystemResult, streams: number): Bar {
  const { description, throughput, cannot, problems } = result;
  const taken = throughput.filter((one) => one.streams === streams);
  const links = description === undefined || description.links === 3 ? "" : ` (${description.links} links)`;
  const why = cannot ?? problems[0]?.split("\n")[0]?.slice(0, 60) ?? "not measured";
  const isWhole = taken.some(({ isWholeMachine }) => isWholeMachine);
  return {
    label: `${nameOf(result)}${links}`,
    values: taken.map(({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte),
    remark: taken.length === 0 ? why : isWhole ? ", whole machine" : "",
    kind: result.key === "florenetes" ? "own" : "peer",
  };
}

function drawBar({ label, values, remark, kind }: Bar, top: number, at: (value: number) => number): string {
  const middle = top + BAR_HEIGHT - 5;
  const name = text(LABEL_WIDTH - 8, middle, label, 'text-anchor="end"');
  const median = medianOf(values, (value) => value);
  if (median === undefined) return name + text(LABEL_WIDTH + 4, middle, remark);
  const length = (at(median) - LABEL_WIDTH).toFixed(1);
  const [least, most] = [Math.min, Math.max].map((pick) => at(pick(...values)));
  const line = `M${least!.toFixed(1)} ${top + 3}v12m0-6H${most!.toFixed(1)}m0-6v12`;
  const range = values.length > 1 ? `<path class="range" d="${line}"/>` : "";
  const figure = text(most! + 6, middle, `${Number(median.toPrecision(3))} ${UNIT}${remark}`);
  return `${name}<rect class="${kind}" x="${LABEL_WIDTH}" y="${top}" width="${length}" height="${BAR_HEIGHT}"/>${range}${figure}`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escaped}</text>`;
}
