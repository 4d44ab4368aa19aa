import { describe, expect, test } from "vitest";
import type { PlaneHood } from "./link-on-plane.ts";
import { expectTraffic, SOON, troubles, untilUp } from "./neighbourhood.ts";
import { until } from "./tested-link.ts";

/** Cluster vertices that go away: a plane notices their silence even when it repeats heartbeats by itself. */
export function judgeClusterVertices(hood: PlaneHood): void {
  describe("a cluster vertex", () => {
    test("that is killed and back within 10 s: its link lives on, with the same handle", async () => {
      const { linkB, a, b } = await hood.linkedPair();
      const { handle } = b.status("a")!;
      b.kill();
      await expect.poll(async () => (await linkB.status()).clusters[0]!.portal.state, SOON).toBe("waiting");
      const again = linkB.vertex("b");
      again.accept("a");
      await until("adopted", () => again.status("a")?.state === "up");
      expect(again.status("a")?.handle).toBe(handle);
      expect(troubles(a)).toEqual([]);
      await expectTraffic(a, again);
    });

    test("that stays away: its links end with a reason", async () => {
      const { linkA, linkB, a, b } = await hood.linkedPair();
      b.kill();
      await until("down", () => linkA.downs("b").length > 0);
      expect(linkA.downs("b")).toEqual(["VERTEX_GONE"]);
      await until("refused", () => a.status("b")?.code === "NOT_WANTED");
      const again = linkB.vertex("b");
      again.accept("a");
      await untilUp(a, again);
    });
  });
}
