/*
 *   a ───── b ───── c     two services on c, which a uses over routes with a share each; the test is the control agent of a and of b, which permits them
 */
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterCounts } from "../src/counted.ts";
import { PATIENCE } from "../src/patience.ts";
import { SharedLine } from "../src/shared-line.ts";

const engines = nativeEngine() === undefined ? ["portable"] : ["portable", "native"];
const scenes = engines.flatMap((engine) => [true, false].map((isOffloaded) => ({ engine, isOffloaded })));
const RATE = 3_000_000;

describe.each(scenes)("with the $engine engine, offloaded: $isOffloaded,", ({ engine, isOffloaded }) => {
  let line: SharedLine;

  /** Packets from a for c that passed by a share and that did not; undefined: it has no permit. */
  async function counts(share: number): Promise<readonly [passed: number, denied: number] | undefined> {
    const row = (await line.view("b")).transit.find((each) => each.from === "a" && each.share === share);
    const { packets = 0, denied = 0 } = row?.classes.reliable ?? {};
    return row && [packets, denied];
  }

  /** The ids of all connections of a. */
  async function connections(): Promise<readonly string[]> {
    const { connections } = (await line.lab.status("a")).clusterFlor! as unknown as {
      readonly connections: readonly { readonly id: string }[];
    };
    return connections.map(({ id }) => id);
  }

  beforeAll(async () => {
    line = await SharedLine.open(["a", "b", "c"], { engine, isOffloaded });
  });

  afterAll(async () => {
    await line?.lab.down();
  });

  test("nothing crosses b before there are permits", async () => {
    expect([(await line.view("a")).shares, (await line.view("b")).shares]).toEqual([true, true]);
    await line.lead({ ledger: 7, shop: 9 });
    expect(await line.ask("ledger")).toBe("");
  });

  test("two shares pass by their permits, and are counted apart", async () => {
    await line.permit([
      [7, RATE],
      [9, RATE],
    ]);
    await expect.poll(() => line.ask("ledger"), PATIENCE).toBe("c");
    await expect.poll(() => line.ask("shop"), PATIENCE).toBe("c");
    const where = async (): Promise<string> => (await clusterCounts(line.lab, "b")).portals[0]!.transit;
    await expect.poll(where, PATIENCE).toBe(isOffloaded ? "offloaded" : "here");
    await expect.poll(async () => (await counts(9))?.[0], PATIENCE).toBeGreaterThan(0);
    const shop = async (): Promise<number> => (await counts(9))![0];
    await expect.poll(async () => (await counts(7))?.[0], PATIENCE).toBeGreaterThan(0);
    const before = await shop();
    expect(await line.ask("shop")).toBe("c");
    await expect.poll(shop, PATIENCE).toBeGreaterThan(before);
    expect(await counts(0), "nothing came for no share").toBeUndefined();
  });

  test("a share whose rate is used up stands still, and the other goes on", async () => {
    await line.permit([
      [7, RATE],
      [9, 0],
    ]);
    await expect.poll(() => line.ask("shop"), PATIENCE).toBe("");
    await expect.poll(async () => (await counts(9))![1], PATIENCE).toBeGreaterThan(0);
    expect(await line.ask("ledger")).toBe("c");
    await line.permit([
      [7, RATE],
      [9, RATE],
    ]);
    await expect.poll(() => line.ask("shop"), PATIENCE).toBe("c");
  });

  test("an order without a share stops it, and its counts go; the other goes on", async () => {
    await line.permit([[7, RATE]]);
    await expect.poll(() => line.ask("shop"), PATIENCE).toBe("");
    expect([await line.ask("ledger"), await counts(9)]).toEqual(["c", undefined]);
    await line.permit([
      [7, RATE],
      [9, RATE],
    ]);
    await expect.poll(() => line.ask("shop"), PATIENCE).toBe("c");
  });

  test("another share of a route is on its packets at once, and connections go on", async () => {
    await line.permit([
      [7, RATE],
      [9, RATE],
      [11, RATE],
    ]);
    // The connection that stood still in the test before may have ended: another one takes its place.
    await expect.poll(() => line.ask("ledger"), PATIENCE).toBe("c");
    const before = await connections();
    await line.lead({ ledger: 11, shop: 9 });
    expect(await line.ask("ledger")).toBe("c");
    await expect.poll(async () => (await counts(11))![0], PATIENCE).toBeGreaterThan(0);
    await line.permit([
      [9, RATE],
      [11, RATE],
    ]);
    expect([await line.ask("ledger"), await line.ask("shop")]).toEqual(["c", "c"]);
    // A connection of the test before may end meanwhile, and none begins.
    expect(before).toEqual(expect.arrayContaining([...(await connections())]));
    await line.lead({ ledger: 7, shop: 9 });
    await expect.poll(() => line.ask("ledger"), PATIENCE).toBe("");
    expect(await line.ask("shop")).toBe("c");
  });
});
