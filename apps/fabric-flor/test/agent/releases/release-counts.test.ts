import { type Fact, type InstalledBody, readFact } from "@florenetes/facts";
import { expect, test } from "vitest";
import { countReleases, countStage, countStates } from "../../../src/agent/releases/release-counts.ts";
import { newKey } from "../../demo-records.ts";
import { installed } from "./release-scene.ts";

const KEY = newKey("n");

function factOf(node: string, body: Partial<InstalledBody>): Fact {
  const whole = { channel: "stable", version: "0.1.0", state: "current", ...body } as const;
  const fact = readFact(installed({ ...KEY, name: node }, whole), "demo");
  if (typeof fact === "string") throw new Error(fact);
  return fact;
}

const TOLD: readonly Fact[] = [
  factOf("a", {}),
  factOf("b", { version: "0.1.1" }),
  factOf("c", { version: "0.1.1" }),
  factOf("d", { state: "back", code: "ERR_UPDATE_NOT_WHOLE", release: { epoch: 1, version: "0.1.1" } }),
  factOf("e", { channel: "edge", state: "refused" }),
];

test("nodes are counted by what they have, and those that are not well are named", () => {
  const { versions, nodes, left } = countReleases(TOLD);
  expect(versions.map(({ channel, version, told }) => [channel, version, told])).toEqual([
    ["stable", "0.1.0", 2],
    ["stable", "0.1.1", 2],
    ["edge", "0.1.0", 1],
  ]);
  expect(versions[0]!.states).toMatchObject({ current: 1, back: 1, refused: 0 });
  expect(nodes).toEqual([
    { node: "d", channel: "stable", version: "0.1.0", state: "back", code: "ERR_UPDATE_NOT_WHOLE" },
    { node: "e", channel: "edge", version: "0.1.0", state: "refused", code: null },
  ]);
  expect(left).toBe(0);
  expect(countReleases(TOLD, "edge").versions).toHaveLength(1);
  expect(countStates(TOLD)).toMatchObject({ current: 3, back: 1, refused: 1 });
});

test("an answer stays small, whatever nodes tell", () => {
  const many = Array.from({ length: 300 }, (_, at) => factOf(`n${at}`, { version: `0.${at}`, state: "refused" }));
  const { versions, nodes, left } = countReleases(many);
  expect([versions.length, nodes.length, left]).toEqual([64, 64, 236]);
});

test("of a stage, nodes count that say nothing or follow the channel: those that have the release, and that went back from it", () => {
  const byName = new Map(TOLD.map((fact) => [fact.subject, fact]));
  const stage = { channel: "stable", version: "0.1.1", stage: 10_000 };
  const counts = countStage(["a", "b", "c", "d", "e", "silent"], (name) => byName.get(name), stage);
  expect(counts).toEqual({ inStage: 5, whole: 2, back: 1 });
});
