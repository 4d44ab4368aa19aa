import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJournal } from "../../src/journal/journal.ts";
import { type Command, nextStep, resumeUpdate } from "../../src/journal/update-steps.ts";
import { aJournal } from "../a-journal.ts";
import { type Fate, SimulatedNode } from "./simulated-node.ts";

const FAILURE = { code: "ERR_TEST", message: "it failed" };
const COMMANDS: readonly Command[] = ["install", "restart", "judge", "return"];
const NEVER: Fate = { isCut: () => false, fails: () => false, changed: () => 0 };

/** Cut at the n-th place alone. */
function cutAt(place: number, failing: ReadonlySet<Command>, changed: number): Fate {
  let at = 0;
  return { isCut: () => at++ === place, fails: (command) => failing.has(command), changed: () => changed };
}

function expectWhole(node: SimulatedNode): void {
  const last = node.told.at(-1);
  const releases = new Set(node.packages);
  if (last === "whole") expect([...releases]).toEqual(["wished"]);
  else if (last === "back" || last === "refused") expect([...releases]).toEqual(["former"]);
  else expect(last).toBe("lost");
  // An update that is lost is tried to be taken back at the next boot.
  expect(node.journal?.phase).toBe(last === "lost" ? "lost" : undefined);
}

describe("the steps of an update", () => {
  test("lead to the release where nothing goes wrong", () => {
    const node = new SimulatedNode(aJournal(), NEVER);
    node.run(0);
    expect(node.told).toEqual(["whole"]);
    expectWhole(node);
  });

  test.for([
    ["install", "back"],
    ["restart", "back"],
    ["judge", "back"],
    ["return", "whole"],
  ] as const)("lead back where %s fails: %s", ([failing, outcome]) => {
    const node = new SimulatedNode(aJournal(), { ...NEVER, fails: (command) => command === failing, changed: () => 1 });
    node.run(0);
    expect(node.told).toEqual([outcome]);
    expectWhole(node);
  });

  test("tell that a node is lost, and try the way back again", () => {
    const failing = new Set<Command>(["judge", "return"]);
    const node = new SimulatedNode(aJournal(), {
      ...NEVER,
      fails: (command) => failing.has(command),
      changed: () => 1,
    });
    node.run(0);
    expect(node.told).toEqual(["lost"]);
    expect(node.journal!.why!.message).toBe("judge failed; then: return failed");
    failing.delete("return");
    node.run(0);
    expect(node.told).toEqual(["lost", "back"]);
    expectWhole(node);
  });

  test("change nothing after a cut before they begin", () => {
    const node = new SimulatedNode(aJournal(), cutAt(0, new Set(), 0));
    node.run(1);
    expect(node.told).toEqual(["refused"]);
    expect(node.boots).toBe(1);
    expectWhole(node);
  });

  test("are whole after one cut at any place, with each command failing or not", () => {
    const outcomes = new Set<string>();
    for (let set = 0; set < 2 ** COMMANDS.length; set++) {
      const failing = new Set(COMMANDS.filter((_, index) => (set & (1 << index)) !== 0));
      for (const changed of [0, 1, 2])
        for (let place = 0; place < 40; place++) {
          const node = new SimulatedNode(aJournal(), cutAt(place, failing, changed));
          node.run(1);
          expectWhole(node);
          if (!failing.has("return")) expect(node.told).not.toContain("lost");
          outcomes.add(node.told.at(-1)!);
        }
    }
    expect([...outcomes].toSorted()).toEqual(["back", "lost", "refused", "whole"]);
  });

  test("are whole after any number of cuts and failures", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(9)), fc.infiniteStream(fc.nat(5)), (cuts, failures) => {
        const node = new SimulatedNode(aJournal(), {
          isCut: () => node.boots < 30 && cuts.next().value < 2,
          fails: () => failures.next().value === 0,
          changed: (count) => failures.next().value % (count + 1),
        });
        node.run(40);
        expectWhole(node);
      }),
    );
  });

  test("end, whatever fails", () => {
    for (const phase of [
      "ready",
      "installing",
      "restarting",
      "judging",
      "returning",
      "starting-former",
      "lost",
    ] as const) {
      let step = resumeUpdate({ ...aJournal(), phase }, true);
      for (let count = 0; step.command !== "tidy"; count++) {
        expect(count).toBeLessThan(8);
        step = nextStep(step.journal, FAILURE)!;
      }
      expect(nextStep(step.journal, undefined)).toBeUndefined();
    }
  });

  test("write journals that can be read, however long a reason is", () => {
    const step = nextStep({ ...aJournal(), phase: "judging" }, { code: "ERR_TEST", message: "long ".repeat(1_000) })!;
    const lost = nextStep(step.journal, FAILURE)!;
    expect(readJournal(JSON.stringify(lost.journal))).toEqual(lost.journal);
  });

  test("are read from nothing but a journal", () => {
    const journal = aJournal();
    expect(readJournal(JSON.stringify(journal))).toEqual(journal);
    for (const file of ["kept/../x.deb", "/etc/x.deb", "other/x.deb", "kept/x"]) {
      const wished = [{ ...journal.wished[0]!, file }];
      expect(readJournal(JSON.stringify({ ...journal, wished }))).toBeUndefined();
    }
    for (const wrong of ["", "{}", "null", JSON.stringify({ ...journal, phase: "done" })])
      expect(readJournal(wrong)).toBeUndefined();
  });
});
