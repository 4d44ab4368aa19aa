import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { publishTable } from "../src/publish.ts";
import type { Outcome } from "../src/trial.ts";

const honest = { requests: 1, failed: 0, p99Ms: 10 };
const outcome: Outcome = {
  name: "resets",
  by: "user",
  description: "",
  packets: 1,
  bytes: 1,
  seconds: 1,
  cpuSeconds: 1,
  cpuRatio: 1,
  megabytesAtEnd: 1,
  megabytesAfter: 1,
  beside: honest,
  after: honest,
  twin: { engine: "native", cpuPerSecond: 1, honest },
  isHeld: true,
  checks: [],
};
const run = { takenAt: "2026-11-20T10:00:00.000Z", commit: "abcdef0", cores: 2, isShort: false, outcomes: [outcome] };
const document = "before\n<!-- made by npm run hostile -->\nold\n<!-- end of what npm run hostile made -->\nafter\n";

test("the table of a run takes the place of the former one, and nothing else changes", () => {
  const once = publishTable(document, run);
  expect(once).toContain("1 of 1 held. In full, QUIC engine: native; taken 2026-11-20 at abcdef0 on 2 cores");
  expect(once).toMatch(/^before\n/);
  expect(once).toMatch(/\nafter\n$/);
  expect(once).not.toContain("old");
  expect(publishTable(once, run)).toBe(once);
});

test("a document without the marks is left alone", () => {
  expect(() => publishTable("nothing\n", run)).toThrow("has no lines");
});

test("docs/operate/security.md has the marks", () => {
  const security = readFileSync(new URL("../../../docs/operate/security.md", import.meta.url), "utf8");
  expect(publishTable(security, run)).toContain("1 of 1 held");
});
