import { aimTable } from "../aim.ts";
import { FLOORS_MEANING, floorParts, floorTable } from "../floors/floor-table.ts";
import { badLinkTable, otherPlaceTable } from "../ground-tables.ts";
import { curvesOf, MICRO_MEANING, microTable } from "../micro/micro-table.ts";
import { noiseText } from "../noise-text.ts";
import { mainTable, outageTable, remarksOn } from "../report.ts";
import type { Run } from "../run.ts";
import type { Table } from "../table.ts";
import { TRANSIT_MEANING, transitTable } from "../transit/transit-table.ts";
import { drawBarChart } from "./bar-chart.ts";
import type { Chart } from "./chart.ts";
import { CHART_STYLE } from "./chart-style.ts";
import { chartsOf } from "./charts.ts";
import { drawCurves, transitChart } from "./core-charts.ts";
import { groundSections } from "./ground-charts.ts";
import { escapeXml } from "./xml.ts";

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1060px; margin: 2em auto; padding: 0 1em; color: #1c2430; background: #fff }
h2 { margin: 2em 0 .2em } h3 { margin: 1.6em 0 .2em } p { margin: .3em 0 .8em } svg { max-width: 100%; height: auto; display: block }
table { border-collapse: collapse; font-size: 13px; margin: .6em 0 }
td, th { border: 1px solid #cfd6df; padding: .25em .5em; text-align: left; vertical-align: top } .wide { overflow-x: auto }
.met { color: #2c7a3f } .missed { white-space: nowrap; color: #b3261e; font-weight: 600 } .key i { display: inline-block; width: 1em; height: .8em; margin: 0 .3em 0 1em }
${CHART_STYLE}
.key .own { background: #c8501e } .key .peer { background: #8aa3c0 } .key .floor { background: #c9c29a }`;

const KEY =
  `<p class="key"><i class="own"></i>Florenetes<i class="peer"></i>others<i class="floor"></i>floor: what the architecture costs ` +
  `before any protocol. A line across a bar's end reaches from the least run to the most.</p>`;

/** A page of its own: no script, nothing fetched. */
export function renderPage(run: Run): string {
  const parts = [
    `<h1>Florenetes beside its peers</h1><p>${escapeXml(headOf(run))}</p>`,
    section("Aims", drawTable(aimTable(run.aims)), run.aims.length > 0, "Computed from the figures of this run."),
    run.results.length === 0 ? "" : KEY,
    ...chartsOf(run).map((chart) => drawChart(chart, "h2")),
    ...groundSections(run).map(
      ({ title, charts }) => `<h2>${escapeXml(title)}</h2>${charts.map((chart) => drawChart(chart, "h3")).join("\n")}`,
    ),
    ...coreSections(run),
    ...tableSections(run),
  ];
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Florenetes beside its peers</title>`,
    `<style>${STYLE}</style></head><body>`,
    ...parts.filter((part) => part !== ""),
    "</body></html>\n",
  ].join("\n");
}

function headOf({ takenAt, tookSeconds, commit, machine, plan, results, grounds }: Run): string {
  const all = [...results, ...grounds.flatMap((ground) => ground.results)];
  return (
    `Taken ${takenAt} in ${(tookSeconds / 60).toFixed(1)} minutes at ${commit}, on ${machine.cores} cores ` +
    `(${machine.model}), Linux ${machine.kernel}, Node ${machine.node}. Clients, servers and all nodes share these cores, so that ` +
    `what counts is the ratio within one run. Bars are medians of ${plan.repeats === 1 ? "1 run" : `${plan.repeats} runs`}. ${noiseText(all)}`
  );
}

function coreSections({ floors, results, transit, micro }: Run): string[] {
  const mesh = results.find(({ key }) => key === "florenetes");
  const floor = floors === undefined ? undefined : floorTable(floors, mesh);
  const meaning = floors === undefined ? "" : `${FLOORS_MEANING} ${floorParts(floors)}`;
  const curves = micro === undefined ? [] : drawCurves(curvesOf(micro));
  return [
    floor === undefined ? "" : section("The floors", drawTable(floor), floor.rows.length > 0, meaning),
    transit === undefined
      ? ""
      : section(
          "One transit node",
          `${drawChart(transitChart(transit), "h3")}${drawTable(transitTable(transit))}`,
          true,
          TRANSIT_MEANING,
        ),
    micro === undefined
      ? ""
      : section(
          "The pure cores",
          `${curves.map(([part, svg]) => `<h3>${escapeXml(part)}</h3>${svg}`).join("\n")}<h3>All of them</h3>${drawTable(microTable(micro))}`,
          true,
          `${MICRO_MEANING} Both scales of the plots are logarithmic.`,
        ),
  ];
}

function tableSections({ results, grounds }: Run): string[] {
  const systems = results.map((result) => `<li>${escapeXml(remarksOn(result))}</li>`).join("");
  const tables: readonly (readonly [string, Table])[] = [
    ["All of it", mainTable(results)],
    ["Outages, in figures", outageTable(results)],
    ["In other places", otherPlaceTable(grounds)],
    ["Over bad wires", badLinkTable(grounds)],
  ];
  return [
    ...tables.map(([title, table]) => section(title, drawTable(table), table.rows.length > 0)),
    section("What was measured", `<ul>${systems}</ul>`, results.length > 0),
  ];
}

function section(title: string, content: string, isThere: boolean, meaning = ""): string {
  if (!isThere) return "";
  return `<h2>${escapeXml(title)}</h2>${meaning === "" ? "" : `<p>${escapeXml(meaning)}</p>`}${content}`;
}

function drawChart({ title, meaning, unit, isLogarithmic, groups }: Chart, heading: "h2" | "h3"): string {
  const words = [meaning, isLogarithmic ? "The scale is logarithmic." : ""].filter((word) => word !== "").join(" ");
  const head = `<${heading}>${escapeXml(title)}</${heading}>`;
  return `${head}${words === "" ? "" : `<p>${escapeXml(words)}</p>`}${drawBarChart(groups, { unit, isLogarithmic })}`;
}

function drawTable({ headings, rows }: Table): string {
  const cells = (row: readonly string[], tag: "td" | "th"): string =>
    `<tr>${row.map((cell) => `<${tag}${classOf(cell)}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  return `<div class="wide"><table>${cells(headings, "th")}${rows.map((row) => cells(row, "td")).join("")}</table></div>`;
}

function classOf(cell: string): string {
  if (cell === "met") return ' class="met"';
  return cell === "not met" ? ' class="missed"' : "";
}
