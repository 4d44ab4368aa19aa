import { describe, expect, test } from "vitest";
import { wantedUnits, isAiling, linksDown, whyAstray, whyNotThere, whyWorse } from "../../src/upgrade/judge-node.ts";
import { readPhase, readState } from "../../src/upgrade/node-state.ts";
import { packagesOf, stateOf, stateText } from "./fake-node.ts";

describe("a node's state", () => {
  test("is read, with its packages, units, programs and processes", () => {
    const state = stateOf();
    expect(state).toMatchObject({ isRoot: true, phase: "", isUnderWay: false });
    expect([...state.packages.keys()]).toEqual(["florenetes-node", "florenetes-runtime"]);
    expect(wantedUnits(state)).toEqual(["link-flor.service", "cluster-flor@demo.service"]);
    expect(whyNotThere(state, packagesOf("1.0"))).toBeUndefined();
    expect(whyWorse(state, state)).toBeUndefined();
    expect(isAiling(state, true)).toBe(false);
    expect(linksDown("b", stateOf({ link: "down" }))).toEqual(["demo a b/0"]);
    expect(whyAstray("c", state)).toBe("another one answers: b of cluster demo");
  });

  test.each([
    ["active", 2],
    ["activating", 2],
    ["reloading", 2],
    ["deactivating", 0],
    ["failed", 0],
    ["inactive", 0],
  ])("has units that are %s: %i of two are to run", (unit, count) => {
    expect(wantedUnits(stateOf({ unit }))).toHaveLength(count);
  });

  test("has faults that it had before, and no other ones", () => {
    const [before, after] = [stateOf({ faults: ["one"] }), stateOf({ faults: ["another"] })];
    expect(whyWorse(before, after)).toBeUndefined();
    expect(whyWorse(before, stateOf({ faults: ["one", "two"] }))).toBe("is not whole: two");
  });

  test.each<[string, string]>([
    ["nothing", ""],
    ["what a shell says that is none", "This account is not available.\n"],
    ["a part of it", stateText().slice(0, 300)],
  ])("is not known of %s", (_, text) => {
    expect([readState(text), readPhase(text)]).toEqual([undefined, undefined]);
  });

  test("takes no name into a script that a shell would read as more", () => {
    const text = stateText()
      .replace("Id=link-flor.service", "Id=link-flor$(reboot).service")
      .replace("florenetes-node 1.0", "florenetes-node 1.0;reboot");
    const state = readState(text)!;
    expect(wantedUnits(state)).toEqual(["cluster-flor@demo.service"]);
    expect([...state.packages.keys()]).toEqual(["florenetes-runtime"]);
    expect(whyNotThere(readState(stateText({ running: "\u001B[2J" }))!, packagesOf("1.0"))).not.toContain("\u001B");
  });

  test("of whatever a node prints throws nothing", () => {
    const whole = stateText();
    const texts = ["", "\n", "\n\n", " ", "--- cluster ", "{", "\u0000\u001B[2J", "9".repeat(40)];
    let known = 0;
    for (let at = 0; at < whole.length; at += 5) {
      for (const [index, text] of texts.entries()) {
        const changed = whole.slice(0, at) + text + whole.slice(at + index);
        expect(["", "begun", "installed", "confirmed", "returned", "lost"]).toContain(readPhase(changed)?.phase ?? "");
        const state = readState(changed);
        if (state === undefined) continue;
        known++;
        whyNotThere(state, packagesOf("1.0"));
        whyWorse(stateOf(), state);
        whyAstray("b", state);
        for (const unit of wantedUnits(state)) expect(unit).toMatch(/^[\w@.-]+$/);
      }
    }
    expect(known).toBeGreaterThan(1_000);
  });
});
