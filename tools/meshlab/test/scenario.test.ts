import { describe, expect, test } from "vitest";
import { parseScenario, playScenario, playStep } from "../src/scenario.ts";
import type { Stage, StepInput } from "../src/scenario.ts";

/** A lab that notes all that is done to it. */
function stage(): Stage & { readonly done: string[] } {
  const done: string[] = [];
  const note =
    (what: string) =>
    async (...words: readonly unknown[]): Promise<void> => {
      done.push([what, ...words.map((word) => (typeof word === "string" ? word : JSON.stringify(word)))].join(" "));
    };
  const names = [
    "kill",
    "start",
    "restart",
    "linkDown",
    "linkUp",
    "lose",
    "recover",
    "rebind",
    "impair",
    "revoke",
    "renew",
  ] as const;
  const acts = Object.fromEntries(names.map((name) => [name, note(name)]));
  return {
    nodeNames: ["a", "b"],
    processNames: () => ["link-flor", "cluster-flor"],
    done,
    ...acts,
  } as unknown as Stage & { readonly done: string[] };
}

async function play(...steps: readonly StepInput[]): Promise<readonly string[]> {
  const on = stage();
  await playScenario(parseScenario(steps), (step) => playStep(on, step));
  return on.done;
}

describe("a scenario", () => {
  test.each<[StepInput, readonly string[]]>([
    [{ at: "0s", kill: "b link-flor" }, ["kill b link-flor"]],
    [{ at: "0s", start: "b" }, ["start b link-flor", "start b cluster-flor"]],
    [{ at: "0s", freeze: "* cluster-flor" }, ["kill a cluster-flor SIGSTOP", "kill b cluster-flor SIGSTOP"]],
    [{ at: "0s", thaw: "a link-flor" }, ["kill a link-flor SIGCONT"]],
    [{ at: "0s", cut: "a b" }, ["linkDown a b 0"]],
    [{ at: "0s", mend: "a b backup" }, ["linkUp a b backup"]],
    [{ at: "0s", lose: "b" }, ["lose b"]],
    [{ at: "0s", rebind: "a b" }, ["rebind a b 0"]],
    [
      { at: "0s", impair: "a b backup delay=20ms loss=1.5% rate=20mbit" },
      ['impair a b {"delayMs":20,"loss":0.015,"rateMbit":20} backup'],
    ],
    [{ at: "0s", impair: "a b" }, ["impair a b {} 0"]],
    [{ at: "0s", revoke: "user/alice" }, ["revoke user/alice"]],
    [{ at: "0s", renew: "vertex/b" }, ["renew vertex/b"]],
  ])("%j does %j", async (step, done) => {
    expect(await play(step)).toEqual(done);
  });

  test("does its steps in the order of their times, and not before", async () => {
    const started = performance.now();
    expect(await play({ at: "60ms", start: "b link-flor" }, { at: "30ms", kill: "b link-flor" })).toEqual([
      "kill b link-flor",
      "start b link-flor",
    ]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
  });

  test.each<[string, object, string]>([
    ["no unit", { at: "2", kill: "b" }, "a time is a number with its unit"],
    ["no action", { at: "2s" }, "a step does one thing"],
    ["two actions", { at: "2s", kill: "b", start: "b" }, "a step does one thing"],
    ["an unknown action", { at: "2s", stop: "b" }, "a step does one thing"],
    ["no node", { at: "2s", kill: "" }, '"kill" has nothing that it is about'],
    ["an unknown process", { at: "2s", kill: "b lnik-flor" }, 'there is no process "lnik-flor"'],
    ["one end of a link", { at: "2s", cut: "b" }, '"cut: b" is not of the form NODE NODE [TAG]'],
    ["an unknown knob", { at: "2s", impair: "a b lose=1%" }, '"lose=1%" is nothing that can be done to a link'],
    ["no principal", { at: "2s", revoke: "alice" }, '"revoke: alice" is not of the form KIND/NAME'],
    ["more than all", { at: "2s", impair: "a b loss=101%" }, '"loss=101%"'],
  ])("with %s is refused", (_name, step, message) => {
    expect(() => parseScenario([step as StepInput])).toThrow(message);
  });
});
