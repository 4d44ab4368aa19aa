import { aimTable } from "./aim.ts";
import { renderFloors } from "./floors/floor-table.ts";
import { badLinkTable, groundRemarks, otherPlaceTable } from "./ground-tables.ts";
import { renderMicro } from "./micro/micro-table.ts";
import { outageTable, renderReport } from "./report.ts";
import type { Run } from "./run.ts";
import { markdownTable, type Table } from "./table.ts";
import { renderTransit } from "./transit/transit-table.ts";

/** All that a run found, as Markdown; what it did not measure is left out. The aims come last: on a terminal they are seen first. */
export function renderRun(run: Run): string {
  const { results, grounds, floors, transit, micro, aims } = run;
  const mesh = results.find(({ key }) => key === "florenetes");
  const tableOf = (table: Table): string => (table.rows.length === 0 ? "" : markdownTable(table));
  const parts = [
    headOf(run),
    results.length === 0 ? "" : renderReport(results),
    tableOf(outageTable(results)),
    tableOf(otherPlaceTable(grounds)),
    tableOf(badLinkTable(grounds)),
    groundRemarks(grounds),
    floors === undefined ? "" : renderFloors(floors, mesh),
    transit === undefined ? "" : renderTransit(transit),
    micro === undefined ? "" : renderMicro(micro),
    tableOf(aimTable(aims)),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function headOf({ takenAt, tookSeconds, commit, machine, plan }: Run): string {
  return (
    `Taken ${takenAt} in ${(tookSeconds / 60).toFixed(1)} minutes at ${commit}, on ${machine.cores} cores (${machine.model}), Linux ` +
    `${machine.kernel}, Node ${machine.node}; medians of ${plan.repeats === 1 ? "1 run" : `${plan.repeats} runs`}.\n`
  );
}
