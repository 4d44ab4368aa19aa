import { describe, expect, it } from "vitest";
import { FLOOR_PLACE, OTHER_PLACES } from "../src/place.ts";
import { renderPlot } from "../src/plot.ts";
import { publishTable } from "../src/publish.ts";
import { renderRun } from "../src/report.ts";
import { emptyResult, type SystemResult } from "../src/system-result.ts";
import { resultOf, runOf } from "./results.ts";

const fault = "transit restarted";
const measured: SystemResult = {
  ...resultOf("ours & theirs", {
    "Mbit/s, 1": [300, 100, 200],
    "CPU s per GB, 1": [6.28],
    "round trip, p50": [12_340],
    [`lost, ${fault}`]: [0, 0, 1],
    [`outage ms, ${fault}`]: [20, 30, 40],
    [`pause ms, ${fault}`]: [45],
    [`beyond ms, ${fault}`]: [25],
  }),
  links: 2,
};
const failed: SystemResult = {
  ...emptyResult("other", measured.place),
  problems: ["it could not be raised: <no tun>\nat line 3"],
};
const placeOf = (title: string) => OTHER_PLACES.find((place) => place.title === title)!;

describe("the tables of a run", () => {
  it("say when and where it was taken", () => {
    const text = renderRun(runOf(measured));
    expect(text).toContain("in 1.0 minutes at abc, on 2 cores (some), Linux 6.1, Node v24; medians of 3 runs.");
  });

  it("show medians, and dashes for what was not measured and why", () => {
    const text = renderRun(runOf(measured, failed));
    expect(text).toContain("| ours & theirs | 2 | yes | 200 / – | 6.3 / – | 12340 / – |");
    expect(text).toContain("| other | – | – | – / – |");
    expect(text).toContain("other: not measured: it could not be raised: <no tun>\n");
  });

  it("mark the CPU time of the whole machine", () => {
    expect(renderRun(runOf(resultOf("kernel", { "CPU s per GB, 1": [1] })))).toContain("| 1.0 / –* |");
  });

  it("count connections that lived, and those alone for the pause", () => {
    const text = renderRun(runOf(measured, failed));
    expect(text).toContain("| ours & theirs | – | – | 2 of 3; 30 / 45 / 25 | – | – |");
    expect(renderRun(runOf(failed))).not.toContain("of the outage");
  });

  it("have the bad wires and the other places", () => {
    const bad = { ...measured, place: placeOf("5 % loss"), links: 1 };
    const links = { ...measured, place: placeOf("6 links"), links: 6 };
    const text = renderRun(runOf(bad, links, { ...failed, place: placeOf("6 links") }));
    expect(text).toContain("| 5 % loss | 1 | ours & theirs | 200.0 | 12.3 / – |");
    expect(text).toContain("| 6 links | 6 | ours & theirs | 200 / – | 6.3 / – |");
    expect(text).toContain("- 6 links, other: not measured: it could not be raised: <no tun>\n");
  });

  it("have what came of datagrams", () => {
    const figures = {
      "datagrams/s": [41_666],
      "CPU s per million datagrams, 100": [30],
      "datagrams lost %, 100": [0.25],
    };
    const text = renderRun(runOf({ ...resultOf("kernel", figures, placeOf("datagrams")), links: 3 }));
    expect(text).toContain("| kernel | 3 | yes | 41666 | – / 30.0* | 0.25 | – |");
  });

  it("say which aims are met", () => {
    const text = renderRun(runOf(resultOf("florenetes", { "memory, idle node": [100], "KB per connection": [12] })));
    expect(text).toContain("| memory of an idle node | 100 MB | at most 140 MB | 0.71 | met |");
    expect(text).toContain("| memory of an idle connection | 12 KB | at most 6 KB | 2.00 | not met |");
  });
});

describe("what is published", () => {
  const document = "before\n<!-- made by the bench -->\nold\n<!-- end of what the bench made -->\nafter\n";
  const run = runOf(measured);

  it("takes the place of what was published before, however often", () => {
    const once = publishTable(document, run, "plot.svg");
    expect(once).toContain("| ours & theirs | 2 | yes | 200 / – | 6.3 / – | 12340 / – | – / – | – |\n");
    expect(once).toContain("![CPU time per gigabyte](plot.svg)");
    expect(once.startsWith("before\n<!-- made")).toBe(true);
    expect(once.endsWith("made -->\nafter\n")).toBe(true);
    expect(once).not.toContain("old");
    expect(publishTable(once, run, "plot.svg")).toBe(once);
  });

  it("needs its marks", () => {
    expect(() => publishTable("no marks", run, "plot.svg")).toThrow("made by the bench");
  });
});

describe("the plot", () => {
  const cpu = (...values: number[]) => resultOf("florenetes", { "CPU s per GB, 1": values });
  const widths = (plot: string) =>
    [...plot.matchAll(/<rect class="\w+" [^>]* width="([\d.]+)"/g)].map(([, one]) => Number(one));

  it("stands alone: it fetches nothing and runs nothing", () => {
    const plot = renderPlot(runOf(measured));
    expect(plot).toMatch(/^<svg xmlns="[^"]+" [^>]*><style>[^]*<\/svg>\n$/);
    expect(plot).not.toMatch(/<script|href=|src=|url\(/);
    expect(plot).toContain(">ours &amp; theirs (2 links)</text>");
    expect(renderPlot(runOf(resultOf("kernel", { "CPU s per GB, 1": [1] })))).toContain(">kernel*</text>");
  });

  it("draws a bar as long as the median, beside the floors", () => {
    const floors = resultOf("packets of 16 KB", { "CPU s per GB, 1": [20], "CPU s per GB, 8": [20] }, FLOOR_PLACE);
    const run = runOf(cpu(1, 10, 1000), floors);
    const [mesh, floor] = widths(renderPlot(run));
    expect(floor! / mesh!).toBeCloseTo(2, 5);
    expect(renderPlot(run).match(/>floor: packets of 16 KB</g)).toHaveLength(2);
  });

  it("needs the throughput", () => {
    expect(() => renderPlot(runOf(failed))).toThrow("throughput");
  });
});
