import type { ToldReport } from "./told.ts";

/** A report with the moment at which its coordinator got it: milliseconds since 1970. */
export interface DatedReport extends Omit<ToldReport, "ageMs"> {
  readonly at: number;
}

/** Two looks tell the moment of one report so differently at most, as an answer takes its time: nodes report less often. */
const SAME_REPORT_MS = 1_000;

/**
 * Dates reports by the moment at which they were told. A report that was there before keeps its date, so that nothing seems to change while nothing does.
 *
 * @param wall When they were told: milliseconds since 1970
 * @param former The reports of the look before, by their nodes
 */
export function dateReports(
  reports: readonly ToldReport[],
  wall: number,
  former: ReadonlyMap<string, DatedReport>,
): ReadonlyMap<string, DatedReport> {
  return new Map(
    reports.map(({ ageMs, ...report }) => {
      const at = wall - ageMs;
      const before = former.get(report.node)?.at;
      const isSame = before !== undefined && Math.abs(at - before) < SAME_REPORT_MS;
      return [report.node, { ...report, at: isSame ? before : at }];
    }),
  );
}
