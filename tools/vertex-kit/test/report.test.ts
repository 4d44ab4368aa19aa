import { expect, test } from "vitest";
import type { Outcome } from "../src/outcome.ts";
import { figureLines } from "../src/report/figures.ts";
import { junitReport } from "../src/report/junit.ts";
import { outcomeLines, summary } from "../src/report/table.ts";

const requirements = [{ number: "PA-3", text: "An `Attach` is answered.", notSeen: undefined }];
const passed: Outcome = { requirement: "FI-1", title: "frames are good", verdict: "passed", seen: "", seconds: 0.5 };
const failed: Outcome = {
  requirement: "PA-3",
  title: "an Attach <is> answered",
  verdict: "failed",
  seen: 'a "b" & c\u001b[2J',
  seconds: 1,
};
const skipped: Outcome = {
  requirement: "PA-9",
  title: "another",
  verdict: "not judged",
  seen: "no credentials",
  seconds: 0,
};
const all = [passed, failed, skipped];

test("a line says what passed; a failure quotes the sentence and what was seen", () => {
  expect(outcomeLines(passed, requirements)).toBe("FI-1   passed     frames are good");
  expect(outcomeLines(failed, requirements).split("\n")).toEqual([
    "PA-3   failed     an Attach <is> answered",
    "         it says: An `Attach` is answered.",
    expect.stringContaining('seen: a "b" & c'),
  ]);
  expect(outcomeLines(skipped, requirements)).toContain("not judged: no credentials");
  expect(summary(all)).toBe("1 passed, 1 failed, 1 not judged");
});

test("JUnit has a suite for each document, and texts that XML can have", () => {
  const report = junitReport(all, requirements);
  expect(report).toContain('<testsuite name="FI" tests="1" failures="0" skipped="0">');
  expect(report).toContain('<testsuite name="PA" tests="2" failures="1" skipped="1">');
  expect(report).toContain('<failure message="a &quot;b&quot; &amp; c [2J">An `Attach` is answered.</failure>');
  expect(report).toContain('name="an Attach &lt;is&gt; answered"');
  expect(report).toContain('<skipped message="no credentials"/>');
});

test("figures stand beside each other", () => {
  const figures = { megabitsPerSecond: 845.4, cpuSecondsPerGigabyte: 2.65, roundTripMs: 0.091 };
  const lines = figureLines(
    new Map([
      ["mine", figures],
      ["link-flor", figures],
    ]),
  ).split("\n");
  expect(lines[1]).toBe("mine          845 Mbit/s     2.6 s of CPU per GB    0.09 ms there and back");
  expect(lines[2]).toMatch(/^link-flor +845 Mbit/);
});
