import { describe, expect, it } from "vitest";
import { atLeast, atMost } from "../src/aim.ts";
import { drawBarChart } from "../src/page/bar-chart.ts";
import { roundFigure } from "../src/page/scale.ts";
import { renderPage } from "../src/page/page.ts";
import { publishTable, renderPlot } from "../src/page/publish.ts";
import { emptyResult, MEASURES, type SystemResult } from "../src/plan.ts";
import { QUICK } from "../src/plans.ts";
import { outageTable, renderReport } from "../src/report.ts";
import type { Run } from "../src/run.ts";

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

describe("the page", () => {
  const page = renderPage(run);

  it("stands alone: it fetches nothing and runs nothing", () => {
    expect(page).not.toMatch(/<script|<link|<img|href=|src=|url\(/);
  });

  it("escapes what systems and problems say", () => {
    expect(page).toContain("ours &amp; theirs (2 links)");
    expect(page).toContain("it could not be raised: &lt;no tun&gt;");
    expect(page).not.toContain("<no tun>");
  });

  it("has only the plots of what was measured", () => {
    const part = renderPage({ ...run, plan: { ...plan, measures: ["round-trip"] } });
    expect(part.match(/<svg/g)).toHaveLength(1);
    expect(page.match(/<svg/g)).toHaveLength(8);
    const bad = { of: "bad-link", title: "5 % loss", place: { links: 1, hasOffloads: true } } as const;
    const over = renderPage({
      ...run,
      results: [],
      plan: { ...plan, measures: [] },
      grounds: [{ ...bad, plan, results: [measured] }],
    });
    expect(over.match(/<h2>/g)).toHaveLength(2);
    expect(over).toContain("<h2>A bad wire, 1 link</h2>");
  });

  it("says why a system is not there by what it is", () => {
    const links = { of: "links", title: "6 links", place: { links: 6, hasOffloads: true } } as const;
    const results = [{ ...emptyResult("nebula"), cannot: "it relays once" }];
    expect(renderPage({ ...run, grounds: [{ ...links, plan, results }] })).toContain(">it relays once</text>");
  });

  it("shows floors beside what they are floors of, curves, and what a transit node costs", () => {
    const udp = { name: "UDP", times: 3, cpuSecondsPerGigabyte: 6 };
    const floors = {
      row: null,
      relays: null,
      proxies: null,
      problems: [],
      cpu: { large: [udp], small: [udp] },
    };
    const summary = { median: 40, low: 30, high: 50, rounds: 9 };
    const micro = {
      beside: null,
      results: [10, 1000].map((entries) => ({
        name: `labels: lookup in ${entries.toLocaleString("en")}`,
        operation: "lookup",
        entries,
        here: summary,
        beside: null,
        ratio: null,
        problems: [],
      })),
    };
    const rounds = [{ packetsPerSecond: 10_000, microsPerPacket: { "link-flor": 20 }, lostShare: 0, noise }];
    const transit = [{ name: "both", packetBytes: 1280, packetsPerFrame: 4, rounds, problem: null }];
    const whole = renderPage({ ...run, floors, micro, transit });
    expect(whole).toContain("floor: packets of 16 KB");
    expect(whole).toContain("lookup in N: 40 to 40");
    expect(whole).toContain("link-flor, 4 × 1,280 bytes");
  });

  it("says which aims are met", () => {
    const [met] = atMost("memory", "MB", 100, 140);
    const [missed] = atLeast("throughput", "Mbit/s", 100, 140, "nebula");
    const aims = renderPage({ ...run, aims: [met!, missed!] });
    expect(aims).toContain('<td>at most 140 MB</td><td>0.71</td><td class="met">met</td>');
    expect(aims).toContain('<td>at least 140 Mbit/s (nebula)</td><td>0.71</td><td class="missed">not met</td>');
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

  it("has a plot that stands alone", () => {
    expect(renderPlot(run)).toMatch(/^<svg [^>]*><style>[^]*<\/style><rect class="paper"[^]*<\/svg>\n$/);
    expect(() => renderPlot({ ...run, plan: { ...plan, measures: ["memory"] } })).toThrow("throughput");
  });
});

describe("a bar chart", () => {
  const draw = (values: (number | undefined)[], isLogarithmic: boolean): number[] => {
    const bars = values.map((value) => ({ label: "x", value, kind: "peer" as const }));
    const svg = drawBarChart([{ heading: "", bars }], { unit: "s", isLogarithmic });
    return [...svg.matchAll(/<rect [^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  };

  it("draws lengths in proportion", () => {
    const [short = 0, long = 0] = draw([10, 40], false);
    expect(long / short).toBeCloseTo(4, 1);
  });

  it("draws the same step for the same ratio on a logarithmic scale", () => {
    const [one = 0, ten = 0, hundred = 0] = draw([2, 20, 200], true);
    expect(hundred - ten).toBeCloseTo(ten - one, 0);
  });

  it("leaves out what has no figure, and survives none at all and zero", () => {
    expect(draw([undefined, 5], false)).toHaveLength(1);
    expect(draw([undefined], true)).toEqual([]);
    expect(draw([0], true)).toEqual([0]);
  });

  it.each([
    [0, "0"],
    [0.001234, "0.001"],
    [6.283, "6.28"],
    [19450, "19,450"],
  ])("shows three figures of %s", (value, text) => {
    expect(roundFigure(value)).toBe(text);
  });
});
