import { describe, expect, test } from "vitest";
import { upgradeNode } from "../../src/upgrade/upgrade-node.ts";
import { FakeNode, packagesOf, stateOf, type ToldState, UPGRADED } from "./fake-node.ts";

type Told = Partial<ToldState> | undefined;
const BEGUN: Told = { upgrade: "active begun" };
const INSTALLED: Told = { ...UPGRADED, upgrade: "active installed" };
const CONFIRMED: Told = { ...UPGRADED, upgrade: "inactive confirmed" };
const RETURNED: Told = { placedAt: 400, startedAt: 401, upgrade: "inactive returned" };
const BACK = "it is back at the packages that it had, and as it was";

async function upgrade(
  states: readonly Told[],
  begin?: string,
): Promise<{ why: string | undefined; verdicts: string[] }> {
  const node = new FakeNode(states, begin);
  const releases = { wished: packagesOf("2.0"), former: packagesOf("1.0") };
  return { why: await upgradeNode(node, stateOf(), releases, node.times), verdicts: node.verdicts };
}

describe("a node that is upgraded", () => {
  test("is confirmed once it is whole", async () => {
    const course = [BEGUN, undefined, { ...INSTALLED, link: "connecting" }, INSTALLED, CONFIRMED];
    expect(await upgrade(course)).toEqual({ why: undefined, verdicts: ["begin", "confirmed"] });
  });

  test("has time from the end of the install on", async () => {
    const course = [...Array.from({ length: 20 }, () => BEGUN), INSTALLED, CONFIRMED];
    expect(await upgrade(course)).toMatchObject({ why: undefined });
  });

  test("is asked how far it is alone while it puts packages in place, and once it is confirmed", async () => {
    const node = new FakeNode([...Array.from({ length: 20 }, () => BEGUN), INSTALLED, INSTALLED, CONFIRMED]);
    const releases = { wished: packagesOf("2.0"), former: packagesOf("1.0") };
    expect([await upgradeNode(node, stateOf(), releases, node.times), node.asked]).toEqual([undefined, 1]);
  });

  test.each<[string, Partial<ToldState>, string]>([
    ["has a link less", { link: "down" }, "has its link a of demo not up"],
    ["has a unit that has failed", { unit: "failed" }, "has link-flor.service not active"],
    ["has a fault more", { faults: ["no list"] }, "is not whole: no list"],
    [
      "runs the former program",
      { running: "1.0 (aa)" },
      "runs cluster-flor 1.0 (aa) for demo, and has 2.0 (bb) installed",
    ],
    [
      "runs the former agent",
      { agent: "1.0 (aa)" },
      "runs 1.0 (aa) as fabric-flor@demo.service, and has fabric-flor 2.0 (bb) installed",
    ],
    [
      "has an agent that is silent",
      { agent: "" },
      "has a process of fabric-flor@demo.service that does not tell its version",
    ],
    [
      "was not restarted",
      { startedAt: 200 },
      "has not restarted link-flor.service since its packages were put in place",
    ],
    ["has another version", { version: "1.5" }, "has florenetes-node 1.5"],
    ["is half installed", { status: "half-configured" }, "has florenetes-node 2.0, not fully installed"],
  ])("goes back when it %s", async (_, more, why) => {
    const course = [...Array.from({ length: 9 }, () => ({ ...INSTALLED, ...more })), RETURNED];
    expect(await upgrade(course)).toEqual({ why: `${why}; ${BACK}`, verdicts: ["begin", "refused"] });
  });

  test("waits for others, and goes back when it has left one of them worse", async () => {
    for (const [looks, why] of [
      [2, undefined],
      [9, `has left a worse; ${BACK}`],
    ] as const) {
      const end = why === undefined ? [INSTALLED, CONFIRMED] : [RETURNED];
      const node = new FakeNode([...Array.from({ length: looks }, () => INSTALLED), ...end]);
      node.othersWorse.push(...Array.from({ length: looks }, () => "has left a worse"));
      const releases = { wished: packagesOf("2.0"), former: packagesOf("1.0") };
      expect(await upgradeNode(node, stateOf(), releases, node.times)).toBe(why);
    }
  });

  test("that goes back by itself is told of, and is waited for", async () => {
    const course = [BEGUN, { ...RETURNED, link: "down" }, { ...RETURNED, link: "down" }, RETURNED];
    expect(await upgrade(course)).toMatchObject({
      why: `could not put its packages in place or restart its units; ${BACK}`,
    });
  });

  test("that is not whole after its return is told of as such", async () => {
    expect(await upgrade([BEGUN, { ...RETURNED, link: "down" }])).toMatchObject({
      why: expect.stringMatching(
        /; it is back at the packages that it had, and has its link a of demo not up$/,
      ) as unknown,
    });
  });

  test("that cannot go back is told of as such", async () => {
    expect(await upgrade([BEGUN, { upgrade: "inactive lost" }])).toMatchObject({
      why: expect.stringContaining("it could NOT go back") as unknown,
    });
  });

  test("that is never seen again goes back by itself", async () => {
    expect(await upgrade([BEGUN, INSTALLED, undefined])).toEqual({
      why: "cannot be told that it is whole, and goes back by itself",
      verdicts: ["begin", "confirmed"],
    });
    expect(await upgrade([undefined])).toMatchObject({
      why: "does not answer any more: no route; it goes back by itself to the packages that it had",
    });
  });

  test("whose upgrade cannot begin is left alone", async () => {
    expect(await upgrade([{}], "no space")).toEqual({ why: "cannot begin: no space", verdicts: ["begin"] });
  });

  test("that was rebooted on its way is not taken for whole", async () => {
    expect(await upgrade([{ ...UPGRADED, upgrade: "inactive installed" }])).toMatchObject({
      why: expect.stringMatching(/has it been rebooted\?; it could NOT go back/) as unknown,
    });
  });

  test("that was not confirmed in time is back", async () => {
    expect(await upgrade([BEGUN, INSTALLED, RETURNED])).toMatchObject({ why: `was not confirmed in time; ${BACK}` });
  });
});
