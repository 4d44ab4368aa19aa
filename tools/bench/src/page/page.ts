import { noiseOf, remarksOn, tableRows } from "../report.ts";
import type { Run } from "../run.ts";
import { drawBarChart, escapeXml } from "./bar-chart.ts";
import { CHART_STYLE } from "./chart-style.ts";
import { chartsOf } from "./charts.ts";

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1060px; margin: 2em auto; padding: 0 1em; color: #1c2430; background: #fff }
h2 { margin: 1.8em 0 .2em } p { margin: .3em 0 .8em } svg { max-width: 100%; height: auto } table { border-collapse: collapse; font-size: 13px }
td, th { border: 1px solid #cfd6df; padding: .25em .5em; text-align: left } .wide { overflow-x: auto }
${CHART_STYLE}`;

/** A page of its own: no script, nothing fetched. */
export function renderPage(run: Run): string {
  const { machine } = run;
  const head =
    `Taken ${run.takenAt} in ${(run.tookSeconds / 60).toFixed(1)} minutes at ${run.commit}, on ${machine.cores} cores ` +
    `(${machine.model}), Linux ${machine.kernel}, Node ${machine.node}. Clients, servers and all nodes share these cores, so that ` +
    `what counts is the ratio within one run. ${run.plan.repeats} runs of each figure: bars are medians, lines reach from the ` +
    `least to the most. ${noiseOf(run.results)}`;
  const charts = chartsOf(run).map(
    ({ title, meaning, unit, isLogarithmic, groups }) =>
      `<h2>${escapeXml(title)}</h2><p>${escapeXml(meaning)}${isLogarithmic ? " The scale is logarithmic." : ""}</p>` +
      drawBarChart(groups, { unit, isLogarithmic }),
  );
  const [headings = [], ...rows] = tableRows(run.results);
  const cells = (row: readonly string[], tag: "td" | "th"): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  const table = `<table>${cells(headings, "th")}${rows.map((row) => cells(row, "td")).join("")}</table>`;
  const systems = run.results.map((result) => `<li>${escapeXml(remarksOn(result))}</li>`).join("");
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Florenetes beside its peers</title>`,
    `<style>${STYLE}</style></head><body><h1>Florenetes beside its peers</h1><p>${escapeXml(head)}</p>`,
    ...charts,
    `<h2>All of it</h2><div class="wide">${table}</div><h2>What was measured</h2><ul>${systems}</ul></body></html>\n`,
  ].join("\n");
}
