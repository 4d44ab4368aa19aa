import { aimTable } from "./aim.ts";
import { renderFloors } from "./floors/floor-table.ts";
import { badLinkTable, otherPlaceTable } from "./ground-tables.ts";
import { renderMicro } from "./micro/micro-table.ts";
import { outageTable, renderReport } from "./report.ts";
import type { Run } from "./run.ts";
import { markdownTable, type Table } from "./table.ts";
import { renderTransit } from "./transit/transit-table.ts";

/** All that a run found, as Markdown; what it did not measure is left out. */
export function renderRun({ results, grounds, floors, transit, micro, aims }: Run): string {
  const mesh = results.find(({ key }) => key === "florenetes");
  const tableOf = (table: Table): string => (table.rows.length === 0 ? "" : markdownTable(table));
  const parts = [
    results.length === 0 ? "" : renderReport(results),
    tableOf(outageTable(results)),
    tableOf(otherPlaceTable(grounds)),
    tableOf(badLinkTable(grounds)),
    floors === undefined ? "" : renderFloors(floors, mesh),
    transit === undefined ? "" : renderTransit(transit),
    micro === undefined ? "" : renderMicro(micro),
    tableOf(aimTable(aims)),
  ];
  return parts.filter((part) => part !== "").join("\n");
}
