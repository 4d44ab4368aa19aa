import { expect, test } from "vitest";
import { dateReports } from "../../src/fabric/dated-reports.ts";
import { Sight } from "../../src/fabric/sight.ts";
import { FABRIC, reportOf, viewOf, WALL } from "../a-fabric.ts";

test.each([
  ["the report of before, told a little later or sooner", 5_000, 7_020, WALL - 2_000],
  ["the report of before, where a clock was set back a little", 5_000, 6_300, WALL - 2_000],
  ["a report that is newer", 5_000, 500, WALL + 4_500],
])("%s has its date", (_, laterMs, ageMs, at) => {
  const first = dateReports([reportOf("a", { ageMs: 2_000 })], WALL, new Map());
  expect(first.get("a")!.at).toBe(WALL - 2_000);
  expect(dateReports([reportOf("a", { ageMs })], WALL + laterMs, first).get("a")!.at).toBe(at);
});

test("nodes are as before while no report is another, however time goes by", () => {
  const view = viewOf({ ...FABRIC, reports: [reportOf("a")] });
  const later = { ...view, wall: view.wall + 1_000 };
  expect(new Sight(later, "all").digest("nodes")).toBe(new Sight(view, "all").digest("nodes"));
});
