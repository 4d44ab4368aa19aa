import { describe, expect, it } from "vitest";
import { atLeast, atMost } from "../src/aim.ts";
import { renderPlot } from "../src/plot.ts";
import { publishTable } from "../src/publish.ts";
import { emptyResult, MEASURES, type SystemResult } from "../src/plan.ts";
import { QUICK } from "../src/plans.ts";
import { outageTable, renderReport } from "../src/report.ts";
import type { Run } from "../src/run.ts";
import { renderRun } from "../src/run-text.ts";

const noise = { waitedMs: 500, busyCores: 0.25, loadAverage: 1, stolenCores: 0.5 };
const description = {
  name: "ours & theirs",
  version: "1.0",
  topology: "one process a node",
  links: 2,
  isEncryptedEndToEnd: true,
  limits: ["It cannot do three links."],
};
const throughput = (megabitsPerSecond: number) => ({
  streams: 1,
  megabitsPerSecond,
  cpuSecondsPerGigabyte: 6.28,
  isWholeMachine: false,
  noise,
});
const measured: SystemResult = {
  ...emptyResult("some", description),
  throughput: [throughput(300), throughput(100), throughput(200)],
  outages: [
    { fault: "transit restarted", outageMs: 20, gapMs: 45, lost: null, noise },
    { fault: "transit restarted", outageMs: 30, gapMs: 10, lost: "ECONNRESET", noise },
  ],
};
const failed: SystemResult = { ...emptyResult("other"), problems: ["it could not be raised: <no tun>\nat line 3"] };
const machine = { cores: 2, model: "some", kernel: "6.1", node: "v24" };
const plan = { ...QUICK, measures: MEASURES, repeats: 3 };
const run: Run = {
  takenAt: "2026-01-01T00:00:00Z",
  tookSeconds: 60,
  commit: "abc",
  machine,
  plan,
  results: [measured, failed],
  grounds: [],
  aims: [],
};

describe("the main table", () => {
  const report = renderReport(run.results);

  it("shows medians, and dashes for what was not measured", () => {
    expect(report).toContain("| ours & theirs | 2 | yes | 200 / – | 6.3 / – |");
  });

  it("says what a system cannot do, why one was not measured, and how noisy it was", () => {
    expect(report).toContain("It cannot do three links.");
    expect(report).toContain("- other: Not measured: it could not be raised: <no tun>\n");
    expect(report).toContain("at most 0.25 cores were busy with something else; while one ran, at most 0.50 cores");
  });

  it("counts connections that lived, and those alone for the pause", () => {
    expect(outageTable([measured]).rows).toEqual([["transit restarted", "ours & theirs", "1 of 2", "30", "45", "25"]]);
    expect(outageTable([failed]).rows).toEqual([]);
  });
});

describe("the text of a run", () => {
  it("says when and where it was taken, and which aims are met", () => {
    const [met] = atMost("memory", "MB", 100, 140);
    const [missed] = atLeast("throughput", "Mbit/s", 100, 140, "nebula");
    const text = renderRun({ ...run, aims: [met!, missed!] });
    expect(text).toContain("in 1.0 minutes at abc, on 2 cores (some), Linux 6.1, Node v24; medians of 3 runs.");
    expect(text).toContain("| at most 140 MB | 0.71 | met |");
    expect(text).toContain("| at least 140 Mbit/s (nebula) | 0.71 | not met |");
  });

  it("has the bad wires and the other places that were measured", () => {
    const bad = { of: "bad-link", title: "5 % loss", place: { links: 1, hasOffloads: true } } as const;
    const links = { of: "links", title: "6 links", place: { links: 6, hasOffloads: true } } as const;
    const text = renderRun({
      ...run,
      results: [],
      grounds: [bad, links].map((ground) => ({ ...ground, plan, results: [measured] })),
    });
    expect(text).toContain("| 5 % loss | 2 links | ours & theirs | 200.0 |");
    expect(text).toContain("| 6 links | 2 links | ours & theirs | 200 / – | 6.3 / – |");
  });

  it("says why a system is not in another place", () => {
    const links = { of: "links", title: "6 links", place: { links: 6, hasOffloads: true } } as const;
    const results = [{ ...emptyResult("nebula"), cannot: "it relays once" }, failed];
    const text = renderRun({ ...run, grounds: [{ ...links, plan, results }] });
    expect(text).toContain("- 6 links, nebula: not measured: it relays once\n");
    expect(text).toContain("other: not measured: it could not be raised: <no tun>\n");
  });
});

describe("what is published", () => {
  const document = "before\n<!-- made by the bench -->\nold\n<!-- end of what the bench made -->\nafter\n";

  it("takes the place of what was published before, however often", () => {
    const once = publishTable(document, run, "plot.svg");
    expect(once).toContain("| ours & theirs | 2 | yes | 200 / – | 6.3 / – | – / – | – / – | – |\n");
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
  const cpu = (...values: number[]): SystemResult => ({
    ...emptyResult("florenetes", { ...description, links: 3 }),
    throughput: values.map((cpuSecondsPerGigabyte) => ({ ...throughput(1), cpuSecondsPerGigabyte })),
  });
  const widths = (...results: SystemResult[]): number[] =>
    [...renderPlot({ results }).matchAll(/<rect class="own" [^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );

  it("stands alone: it fetches nothing and runs nothing", () => {
    const plot = renderPlot(run);
    expect(plot).toMatch(/^<svg xmlns="[^"]+" [^>]*><style>[^]*<\/svg>\n$/);
    expect(plot).not.toMatch(/<script|href=|src=|url\(/);
  });

  it("says how many links a system went over where they are not three, and why one was not measured", () => {
    const plot = renderPlot(run);
    expect(plot).toContain(">ours &amp; theirs (2 links)</text>");
    expect(plot).toContain(">it could not be raised: &lt;no tun></text>");
  });

  it("draws the same step for the same ratio", () => {
    const [one = 0, ten = 0, hundred = 0] = widths(cpu(2), cpu(20), cpu(200));
    expect(hundred - ten).toBeCloseTo(ten - one, 0);
  });

  it("draws the median, and a line from the least to the most", () => {
    expect(widths(cpu(1, 10, 1000))).toEqual(widths(cpu(10), cpu(1), cpu(1000)).slice(0, 1));
    expect(renderPlot({ results: [cpu(1, 10, 1000)] })).toContain('class="range"');
    expect(renderPlot({ results: [cpu(10)] })).not.toContain('class="range"');
  });

  it("shows the floors beside what they are floors of", () => {
    const parts = [{ name: "UDP", times: 3, cpuSecondsPerGigabyte: 6 }];
    const floors = { row: null, proxies: null, problems: [], cpu: { large: parts, small: parts } };
    expect(renderPlot({ results: [cpu(10)], floors }).match(/>floor: packets of (16 KB|1,280 bytes)</g)).toHaveLength(
      4,
    );
  });

  it("needs the throughput", () => {
    expect(() => renderPlot({ results: [failed] })).toThrow("throughput");
  });
});
