import { expect, test } from "vitest";
import { outcomeTable } from "../src/table.ts";
import type { Outcome } from "../src/trial.ts";

const twin = { engine: "native", cpuPerSecond: 0.1, honest: { requests: 100, failed: 0, p99Ms: 10 } };
const outcome: Outcome = {
  name: "retire-and-ping",
  by: "neighbour",
  description: "",
  packets: 3,
  bytes: 12_345,
  seconds: 2,
  cpuSeconds: 0.5,
  cpuRatio: 2.5,
  megabytesAtEnd: 3.2,
  megabytesAfter: 1,
  beside: { requests: 100, failed: 50, p99Ms: Infinity },
  after: { requests: 0, failed: 0, p99Ms: undefined },
  twin,
  isHeld: false,
  checks: [
    { isHeld: true, text: "1 MB kept (at most 96)" },
    { isHeld: false, text: "link-flor hangs" },
  ],
};

test("a row says what was sent, what it cost beside the twin, and why it did not hold", () => {
  expect(outcomeTable([outcome]).split("\n")[2]).toBe(
    "| retire-and-ping | neighbour | 3 packets, 12 KB | 0.5 (2.5×) | 3 / 1 | 10.0 / none / – | **did not hold**: link-flor hangs |",
  );
});

test("what held says what each check saw", () => {
  const held = { ...outcome, isHeld: true, checks: [{ isHeld: true, text: "1 MB kept (at most 96)" }] };
  expect(outcomeTable([held])).toContain("| held: 1 MB kept (at most 96) |");
});
