import { expect, test } from "vitest";
import { TraceDesk, type Traced } from "../../src/console/trace-desk.ts";
import { tracePage } from "../../src/console/trace-page.ts";
import { HOPS_MAX } from "../../src/console/limits.ts";
import { readTraceOutput, readTraceReport, type TraceAnswer } from "../../src/console/trace-report.ts";
import { EXPECTED } from "../mesh-status-fixture.ts";

const link = { peer: "b", isUp: true, sinceMs: 1_000, mtu: 16_384, preferredMtu: 16_384 };
const hop = {
  hop: 1,
  label: 303_210,
  told: { vertex: "b", outLink: { ...link, peer: "c" }, service: "", meaning: "link" },
  stopped: null,
  proof: "signed",
  proofText: "",
  sent: 3,
  received: 3,
  rttMs: { min: 0.6, mean: 0.9, max: 1.2 },
};
const lost = { ...hop, hop: 2, told: null, stopped: null, received: 0, rttMs: null, proof: "unsigned" };
const stopped = { ...lost, hop: 3, stopped: { vertex: "b" } };
const report = {
  target: "tcp://127.0.0.1:18080",
  path: "web",
  vertex: "a",
  firstLink: link,
  hops: [hop, lost, stopped],
  outcome: "broken",
  text: "link b–c is down",
};

const desk = new TraceDesk(
  EXPECTED,
  () => Promise.resolve({ silence: "" }),
  () => 0,
);

function page(answer: TraceAnswer): string {
  return tracePage("demo", desk, { target: desk.targets[0]!, answer });
}

test("targets are the tunnels and the other paths of the mesh file", () => {
  expect(desk.targets.map(({ text }) => text)).toEqual([
    "a: tunnel tcp://127.0.0.1:18080 to service web",
    expect.stringMatching(/^b: path /),
  ]);
});

test("a page has each hop with its result, how it ended, and what to do", () => {
  const text = page(readTraceReport(report));
  expect(text).toContain("<p>BROKEN: link b–c is down</p>");
  expect(text).toContain("<p>`cluster-flor status` and `link-flor status` on the vertex");
  const cells = (row: string): string[] => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell!);
  const rows = [...text.matchAll(/<tr>(.*?)<\/tr>/g)].slice(1).map(([, row]) => cells(row!));
  expect(rows).toEqual([
    ["0", "", "a", "asks", "", "", "", "b, up"],
    ["1", "303210", "b", "answers", "signed", "0 of 3", "0.6 / 0.9 / 1.2 ms", "c, up"],
    ["2", "303210", "?", "SILENT", "unsigned", "3 of 3", "", ""],
    ["3", "303210", "?", "STOPPED at b", "unsigned", "3 of 3", "", ""],
  ]);
});

test.each(["reached", "refused", "targetDown"])("an outcome has a word and advice: %s", (outcome) => {
  const text = page(readTraceReport({ ...report, outcome }));
  expect(text).toMatch(/<p>(REACHED|REFUSED|TARGET DOWN): link b–c is down<\/p><p>[A-Z`]/);
});

test.each<[Traced | undefined, string]>([
  [undefined, "A trace asks each vertex"],
  ["busy", "NOT ASKED: another trace"],
  ["no-target", "NOT ASKED: the mesh file has no such"],
])("a page without a report has the form: %j", (traced, text) => {
  const shown = tracePage("demo", desk, traced);
  expect(shown).toContain(text);
  expect(shown).toContain("<button>Trace it</button>");
  expect(shown).not.toContain("<table>");
});

test("what hops and nodes tell is text, and no markup", () => {
  const evil = "<script>alert(1)</script>";
  const told = { vertex: evil, outLink: { ...link, peer: evil }, service: evil };
  const hops = [{ ...hop, told, proof: evil, proofText: evil, stopped: { vertex: evil } }];
  const shown = page(readTraceReport({ ...report, hops, text: evil, path: evil, vertex: evil }));
  expect(shown).not.toContain("<script");
  expect(page({ silence: evil })).not.toContain("<script");
});

test.each([
  null,
  [],
  {},
  { ...report, hops: Array.from({ length: HOPS_MAX + 1 }, () => hop) },
  { ...report, outcome: "fine" },
  { ...report, hops: [{ ...hop, received: "3" }] },
])("what is no report is told: %#", (answer) => {
  expect(readTraceReport(answer)).toEqual({ silence: "it answers what is no report of a trace of this version" });
});

test("texts are cut", () => {
  const answer = readTraceReport({ ...report, text: "x".repeat(100_000), path: "x".repeat(100_000) });
  expect(JSON.stringify(answer).length).toBeLessThan(5_000);
});

test.each<[string, RegExp]>([
  ["", /^it says nothing$/],
  ["sh: cluster-flor: not found\n", /^sh: cluster-flor: not found$/],
  ["error: there is no tunnel or path [ERR_TRACE_TARGET]\n", /ERR_TRACE_TARGET/],
  ["{nothing}\n", /^it answers what is no JSON$/],
])("output without a report is the reason: %j", (output, reason) => {
  expect(readTraceOutput(output)).toEqual({ silence: expect.stringMatching(reason) as string });
});

test("output with a report among other lines is read", () => {
  const output = `Welcome to b\n${JSON.stringify(report)}\n`;
  expect(readTraceOutput(output)).toMatchObject({ report: { outcome: "broken", path: "web" } });
});
