import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PlayedAgent } from "./played-agent.ts";
import type { Run } from "./run-flor.ts";

const agent = await PlayedAgent.start();
const explain = (...words: readonly string[]): Promise<Run> => agent.run("explain", ...words);

const REASONS = [
  { of: "mobility", value: 1, unit: "phones", points: 2_000 },
  { of: "round-trip", value: 150, unit: "tenths of a millisecond", points: 1_500 },
];
const ABOUT = { node: "c1", partition: "north", fault: null };
const GOOD = { score: 1_800_000, ceiling: 1_803_600, gates: [], reasons: REASONS, rest: 100 };

test("a node that may be used has its points and what takes them", async () => {
  agent.answer = { ...ABOUT, score: GOOD };
  const run = await explain("p", "relay");
  expect(agent.asked).toBe("/score?of=p&for=relay");
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toMatchInlineSnapshot(`
    "p as relay: 1800000 of 1803600 points
      mobility -2000: 1 phones
      round-trip -1500: 150 tenths of a millisecond
      the rest -100"
  `);
  expect(JSON.parse((await explain("p", "relay", "--json")).out)).toEqual(agent.answer);
});

test("a node that must not be used has the gates that are shut, and what to do, and the command fails", async () => {
  const gates = [
    { gate: "phone-power", found: "charger no, charge 42 %", needs: "a charger, or 50 % (45 % once it carries)" },
    { gate: "later-one", found: "a", needs: "b" },
  ];
  agent.answer = { ...ABOUT, score: { ...GOOD, score: 0, gates, rest: 1_800_100 } };
  const run = await explain("p", "exit");
  expect(agent.asked).toBe("/score?of=p&for=exit");
  expect(run).toMatchObject({ code: 1, err: "" });
  expect(run.out).toMatchInlineSnapshot(`
    "p as exit: MUST NOT BE USED
      SHUT: phone-power: charger no, charge 42 %; it needs a charger, or 50 % (45 %
        once it carries)
        to do: its owner charges it
      SHUT: later-one: a; it needs b
      mobility -2000: 1 phones
      round-trip -1500: 150 tenths of a millisecond"
  `);
});

test("docs/operate/fabric.md shows what the command prints of a gate that is shut", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/fabric.md"), "utf8");
  const needs = "a charger, or 50 % (45 % once it carries)";
  const gates = [{ gate: "phone-power", found: "charger no, charge 42 %", needs }];
  agent.answer = { ...ABOUT, score: { ...GOOD, score: 0, gates, rest: 0 } };
  const { out } = await explain("p", "relay");
  const inOneLine = (text: string): string => text.replaceAll(/\s+/g, " ");
  expect(inOneLine(page)).toContain(inOneLine(out));
});

test("docs/protocol/fabric-scoring.md shows what the command prints", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol/fabric-scoring.md"), "utf8");
  const [, score, ceiling] = /^c as relay: (\d+) of (\d+) points$/m.exec(page)!;
  const reasons = [...page.matchAll(/^ {2}(\S+) -(\d+): (\d+) (.+)$/gm)].map(([, of, points, value, unit]) => {
    return { of, value: Number(value), unit, points: Number(points) };
  });
  agent.answer = { ...ABOUT, score: { score: Number(score), ceiling: Number(ceiling), gates: [], reasons, rest: 0 } };
  const { out } = await explain("c", "relay");
  expect(reasons).toHaveLength(8);
  expect(page).toContain(out);
});

test.each([
  ["not-coordinator", "ERR_FLOR_NO_COORDINATOR"],
  ["unknown-node", "ERR_FLOR_NODE_UNKNOWN"],
  ["no-report", "ERR_FLOR_NODE_SILENT"],
  ["a-later-one", "ERR_ADMIN_ANSWER"],
  ["constructor", "ERR_ADMIN_ANSWER"],
  [null, "ERR_ADMIN_ANSWER"],
])("without a score, as %s, it fails with %s", async (fault, code) => {
  agent.answer = { node: "c1", partition: null, fault, score: null };
  const run = await explain("p", "relay");
  expect(run).toMatchObject({ code: code === "ERR_ADMIN_ANSWER" ? 3 : 2, out: "" });
  expect(run.err).toContain(`[${code}]`);
});

test.each<readonly [string, unknown]>([
  ["leases", { node: "a", leases: [], left: 0 }],
  ["a score that is none", { ...ABOUT, score: { ...GOOD, score: -1 } }],
  [
    "too many gates",
    { ...ABOUT, score: { ...GOOD, gates: Array.from({ length: 33 }, () => ({ gate: "a", found: "b", needs: "c" })) } },
  ],
])("%s are no answer", async (_, told) => {
  agent.answer = told;
  expect((await explain("p", "relay")).err).toContain("[ERR_ADMIN_ANSWER]");
});

test("what an agent says moves nothing on the terminal, and a purpose is one of four", async () => {
  const gates = [{ gate: "role", found: "\u001b[2J", needs: "b" }];
  agent.answer = { ...ABOUT, score: { ...GOOD, score: 0, gates } };
  expect((await explain("p", "relay")).out).not.toContain("\u001b");
  const run = await explain("p", "storage");
  expect(run.code).not.toBe(0);
  expect(run.err).toContain("relay, exit, replica, endpoint");
});
