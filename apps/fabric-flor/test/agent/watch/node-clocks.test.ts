import { expect, test } from "vitest";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;

/** Node a has b and c as neighbours, and its own record. */
function mesh(): { readonly mesh: SimMesh; readonly a: SimNode } {
  const cluster = new DemoCluster(NOW - 1_000);
  const links = [
    ["a", "b"],
    ["a", "c"],
  ] as const;
  const mesh = new SimMesh({ cluster, startsAt: NOW, links }).start();
  const a = mesh.node("a");
  expect(a.take(cluster.node(a.key))).toEqual(["taken"]);
  mesh.runFor(2 * MINUTE);
  return { mesh, a };
}

test("a clock that is put back by a day is told, by what quorums have signed, and when it is right again", () => {
  const { mesh: run, a } = mesh();
  const codes = (): string[] => a.news.map(({ code }) => code).filter((code) => code.startsWith("CLOCK"));
  expect(codes()).toEqual([]);
  a.clockAheadMs = -DAY;
  run.runFor(2 * MINUTE);
  expect(codes()).toEqual(["CLOCK_WRONG"]);
  expect(a.agent.watch.clockFault(a.at.wall)).toMatchObject({ cause: "records" });
  a.clockAheadMs = 0;
  run.runFor(2 * MINUTE);
  expect(codes()).toEqual(["CLOCK_WRONG", "CLOCK_RIGHT"]);
});

test("a clock that is half a day ahead at the start is told by neighbours, each of which sees that one clock alone", () => {
  const { mesh: run, a } = mesh();
  a.stop();
  a.clockAheadMs = DAY / 2;
  a.start();
  run.runFor(2 * MINUTE);
  expect(a.agent.watch.clockFault(a.at.wall)).toMatchObject({ cause: "neighbours", by: ["b", "c"] });
  const b = run.node("b");
  expect(b.agent.watch.clockFault(b.at.wall)).toMatchObject({ by: ["a"] });
});
