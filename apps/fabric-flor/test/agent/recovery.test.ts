/** Root keys that were lost: agents whose root the recovery keys replace. */
import { describe, expect, test } from "vitest";
import { DAY, DemoCluster } from "../demo-records.ts";
import { SimMesh } from "./simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;

describe("a root by recovery keys", () => {
  const HOURS_72 = 72 * 60 * MINUTE;

  /** Three nodes in a row, one of which was handed the root. */
  function recovering(): {
    readonly mesh: SimMesh;
    readonly cluster: DemoCluster;
    versions: () => (number | undefined)[];
  } {
    const cluster = new DemoCluster(NOW - 1_000);
    const links = [
      ["a", "b"],
      ["a", "c"],
    ] as const;
    const mesh = new SimMesh({ cluster, startsAt: NOW, links }).start();
    const nodes = [...mesh.nodes.values()];
    expect(mesh.node("b").take(cluster.nextRoot("recovery"))).toEqual(["taken"]);
    mesh.until("all have heard of it", () => nodes.every(({ agent }) => agent.book?.recovery.waiting.length === 1));
    return { mesh, cluster, versions: () => nodes.map(({ agent }) => agent.book?.authority.version) };
  }

  test("is told everywhere at once, and is in force after 72 hours in which a node runs, also over restarts", () => {
    const { mesh, versions } = recovering();
    const c = mesh.node("c");
    for (const { news } of mesh.nodes.values())
      expect(news.filter(({ code }) => code === "ROOT_WAITS")).toHaveLength(1);
    mesh.runFor(HOURS_72 / 2);
    c.stop();
    c.clockAheadMs = 30 * DAY;
    mesh.runFor(60 * MINUTE);
    c.start();
    expect(c.agent.book?.recovery.waiting[0]?.leftMs).toBeGreaterThanOrEqual(HOURS_72 / 2);
    expect(c.agent.book?.recovery.waiting[0]?.leftMs).toBeLessThanOrEqual(HOURS_72 / 2 + 2 * MINUTE);
    mesh.runFor(HOURS_72 / 2 - 60 * MINUTE - 1_000);
    expect(versions()).toEqual([1, 1, 1]);
    mesh.runFor(MINUTE);
    expect(versions()).toEqual([2, 2, 1]);
    mesh.runFor(62 * MINUTE);
    expect(versions()).toEqual([2, 2, 2]);
    c.stop();
    c.start();
    expect(versions()).toEqual([2, 2, 2]);
  });

  test("ends everywhere when a regular one is handed in anywhere", () => {
    const { mesh, cluster, versions } = recovering();
    mesh.runFor(10 * MINUTE);
    expect(mesh.node("c").take(cluster.nextRoot("root", 1))).toEqual(["taken"]);
    mesh.until("all have the regular one", () => versions().every((version) => version === 2));
    for (const { agent, news } of mesh.nodes.values()) {
      expect(agent.book?.authority.root.body["grace"]).toBe(1);
      expect(agent.book?.recovery.waiting).toEqual([]);
      expect(news).toContainEqual(expect.objectContaining({ code: "ROOT_WAITS_NO_MORE" }));
    }
  });
});
