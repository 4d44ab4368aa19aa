/*
 *   a ───── b ───── c ───── d     two services on d, which a uses over routes with a share each; the test is the control agent of all nodes
 */
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterCounts } from "../src/counted.ts";
import { PATIENCE } from "../src/patience.ts";
import { SharedLine } from "../src/shared-line.ts";

const engines = nativeEngine() === undefined ? ["portable"] : ["portable", "native"];
const scenes = engines.flatMap((engine) => [true, false].map((isOffloaded) => ({ engine, isOffloaded })));
const RATE = 3_000_000;
const [LEDGER, SHOP] = [7, 9];

describe.each(scenes)("with the $engine engine, offloaded: $isOffloaded,", ({ engine, isOffloaded }) => {
  let line: SharedLine;

  beforeAll(async () => {
    line = await SharedLine.open(["a", "b", "c", "d"], { engine, isOffloaded });
  });

  afterAll(async () => {
    await line?.lab.down();
  });

  /** Packets and bytes of a share that a relay has let pass from a link. */
  async function carried(relay: string, from: string, share: number): Promise<string> {
    const row = (await line.view(relay)).transit.find((each) => each.from === from && each.share === share);
    const { packets = 0, bytes = 0 } = row?.classes["reliable"] ?? {};
    return `${packets} packets, ${bytes} bytes`;
  }

  /** Packets and bytes of a share that a node has sent over a link, and those that it has got there. */
  async function exchanged(node: string, link: string, share: number): Promise<readonly [sent: string, came: string]> {
    const row = (await line.view(node)).exchanged.find((each) => each.link === link && each.share === share);
    const { sentPackets = 0, sentBytes = 0, packets = 0, bytes = 0 } = row?.classes["reliable"] ?? {};
    return [`${sentPackets} packets, ${sentBytes} bytes`, `${packets} packets, ${bytes} bytes`];
  }

  test("both ends and both relays have counted the same, by share and direction", async () => {
    const rates = [LEDGER, SHOP].map((share) => [share, RATE] as const);
    await line.permit(rates);
    const where = async (): Promise<string> => (await clusterCounts(line.lab, "b")).portals[0]!.transit;
    await expect.poll(where, PATIENCE).toBe(isOffloaded ? "offloaded" : "here");
    await line.lead({ ledger: LEDGER, shop: SHOP });
    for (const service of ["ledger", "shop", "ledger"] as const) {
      await expect.poll(() => line.ask(service), PATIENCE).toBe("d");
    }
    // Some packets pass at any time: a look that meets none of them is waited for.
    for (const share of [LEDGER, SHOP]) {
      const there = async (): Promise<unknown> => {
        const [[sent], first, last, [, came]] = await Promise.all([
          exchanged("a", "b", share),
          carried("b", "a", share),
          carried("c", "b", share),
          exchanged("d", "c", share),
        ]);
        return new Set([sent, first, last, came]).size === 1 ? "all the same" : { sent, first, last, came };
      };
      const back = async (): Promise<unknown> => {
        const [[sent], first, last, [, came]] = await Promise.all([
          exchanged("d", "c", share),
          carried("c", "d", share),
          carried("b", "c", share),
          exchanged("a", "b", share),
        ]);
        return new Set([sent, first, last, came]).size === 1 ? "all the same" : { sent, first, last, came };
      };
      await expect.poll(there, PATIENCE).toBe("all the same");
      await expect.poll(back, PATIENCE).toBe("all the same");
    }
    const [sent, came] = await exchanged("a", "b", LEDGER);
    expect([sent, came]).not.toContain("0 packets, 0 bytes");
    expect(sent, "shares have counts each").not.toBe((await exchanged("a", "b", SHOP))[0]);
  });
});
