import { quantile } from "../figures.ts";
import { nameOf } from "../run.ts";
import { RECOVERED, SWITCH_REASONS } from "../system.ts";
import type { SystemResult } from "../system-result.ts";
import { markdownTable } from "../tables.ts";

/** How long connections paused for each fault, as a Markdown table, and how long the mesh itself says that its switches took. */
export function recoveryTable(results: readonly SystemResult[]): string {
  const rows = results.flatMap((result) =>
    RECOVERED.flatMap((fault) => {
      const { figures } = result;
      const lost = figures[`lost, ${fault}`];
      if (lost === undefined) return [];
      const told = SWITCH_REASONS.flatMap((reason) => {
        const recoveries = figures[`recovery ms, ${fault}, ${reason}`];
        return recoveries === undefined ? [] : [`${reason}, ${recoveries.length} times: ${spreadText(recoveries)}`];
      });
      const lostCount = lost.filter((one) => one !== 0).length;
      const pauses = spreadText(figures[`pause ms, ${fault}`]);
      return [[nameOf(result), fault, `${lostCount} of ${lost.length}`, pauses, told.join("; ") || "–"]];
    }),
  );
  const headings = ["recovery", "fault", "connections lost", "pause ms, p50 / p95 / longest"];
  return markdownTable([...headings, "switches by status: ms, p50 / p95 / longest"], rows);
}

function spreadText(figures: readonly number[] = []): string {
  return [0.5, 0.95, 1].map((share) => quantile(figures, share)?.toFixed(0) ?? "–").join(" / ");
}
