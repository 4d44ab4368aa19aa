/*
 *   b ───── a ───── c     three nodes with control agents: a service that b or c hosts is moved by one signed record
 */
import type { FabricLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATIENCE } from "../src/patience.ts";
import { WebFabric } from "../src/web-fabric.ts";

let web: WebFabric;
let fabric: FabricLab;

const ask = (): Promise<string> => web.ask();

beforeAll(async () => {
  web = await WebFabric.open("facts");
  ({ fabric } = web);
});
afterAll(() => web?.[Symbol.asyncDispose]());

describe("a service of the fabric", () => {
  test("is found by its name once a quorum has said who hosts it", async () => {
    expect(await ask()).toBe("");
    expect(await fabric.publish("b", [fabric.signService("web", ["b"])])).toMatchObject({
      records: [{ outcome: "taken" }],
    });
    await expect.poll(ask, PATIENCE).toBe("b");
  });

  test("does not move for one signature of three", async () => {
    expect(await fabric.publish("c", [fabric.signService("web", ["c"], 1)])).toMatchObject({
      records: [{ outcome: "refused", reason: "quorum" }],
    });
    expect(await ask()).toBe("b");
  });

  test("moves by one record that was handed to another node's agent, and no request fails meanwhile", async () => {
    const answers = new Set<string>();
    await fabric.publish("c", [fabric.signService("web", ["c"])]);
    await expect
      .poll(async () => {
        const answer = await ask();
        answers.add(answer);
        return answer;
      }, PATIENCE)
      .toBe("c");
    expect([...answers].toSorted()).toEqual(answers.size === 1 ? ["c"] : ["b", "c"]);
  });

  test("goes on while all agents are dead, and they change nothing when they are back", async () => {
    for (const node of fabric.nodeNames) await fabric.kill(node);
    expect(await ask()).toBe("c");
    const before = (await requestAdmin(fabric.doorOf("a"), "/view")) as { overlay: object };
    for (const node of fabric.nodeNames) fabric.start(node);
    await fabric.untilReady();
    await fabric.publish("a", [fabric.signService("web", ["b"])]);
    await expect.poll(ask, PATIENCE).toBe("b");
    expect(before.overlay).toBeDefined();
  });
});

test("a neighbour whose cluster-flor has died is left while the link to it is still up, and used again once it is back", async () => {
  await fabric.publish("b", [fabric.signService("web", ["b", "c"])]);
  // The former record may still lead to one of them.
  await expect
    .poll(async () => (await fabric.routesOf("a")).map(({ route }) => route).toSorted(), PATIENCE)
    .toEqual(["b", "c"]);
  await expect.poll(ask, PATIENCE).not.toBe("");
  const first = await ask();
  const other = first === "b" ? "c" : "b";
  await web.lab.kill(first, "cluster-flor");
  await expect.poll(ask, PATIENCE).toBe(other);
  // The host's link-flor keeps the link for ten seconds.
  const { links } = (await requestAdmin(fabric.doorOf("a"), "/view")) as { links: { peer: string; state: string }[] };
  expect(links.find(({ peer }) => peer === first)).toMatchObject({ state: "up" });
  web.lab.start(first, "cluster-flor");
  await expect.poll(ask, PATIENCE).toBe(first);
});

test("a host whose program is killed is left within seconds, for as long as it is down", async () => {
  await fabric.publish("b", [fabric.signService("web", ["b", "c"])]);
  await expect.poll(ask, PATIENCE).not.toBe("");
  // The former record may still lead to one of them.
  await expect.poll(async () => (await fabric.leadsOf("a")).includes("web"), PATIENCE).toBe(true);
  const first = await ask();
  const other = first === "b" ? "c" : "b";
  await web.killProgram(first);
  await expect.poll(ask, PATIENCE).toBe(other);
  await web.killProgram(other);
  await expect.poll(ask, PATIENCE).toBe("");
  await web.startProgram(other);
  await expect.poll(ask, PATIENCE).toBe(other);
  await web.startProgram(first);
});

test("a node that was off walks 300 versions of the root in one go when it is back", async () => {
  const version = async (node: string): Promise<number> => {
    return ((await fabric.status(node)) as { readonly root: { readonly version: number } }).root.version;
  };
  await fabric.kill("c");
  const roots = fabric.signRoots(300);
  expect(await fabric.publish("b", roots)).toMatchObject({ records: roots.map(() => ({ outcome: "taken" })) });
  await expect.poll(() => version("a"), PATIENCE).toBe(301);
  fabric.start("c");
  await fabric.untilReady("c");
  await expect.poll(() => version("c"), PATIENCE).toBe(301);
  // Records of all other kinds go by the root of today.
  expect(await fabric.publish("c", [fabric.signService("web", ["c"])])).toMatchObject({
    records: [{ outcome: "taken" }],
  });
  await expect.poll(ask, PATIENCE).toBe("c");
});
