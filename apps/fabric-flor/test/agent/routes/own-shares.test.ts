/* Shares at an origin and at a relay, in the mesh of scripted-diamond.ts: vertices that know them, and one that does not. */
import { bodyOf } from "@florenetes/facts";
import { SHARES_PER_PAIR_MAX } from "@florenetes/forwarding";
import { beforeEach, describe, expect, test } from "vitest";
import type { DemoCluster } from "../../demo-records.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";
import { ScriptedCoordinator } from "./scripted-coordinator.ts";
import { announceOfD, giveRole, openDiamond, OVER_B, OVER_C } from "./scripted-diamond.ts";

let cluster: DemoCluster;
let mesh: SimMesh;
let a: SimNode;
let c: SimNode;
let desk: ScriptedCoordinator;

beforeEach(() => {
  ({ cluster, mesh, a, desk } = openDiamond());
  c = mesh.node("c");
});

const sharesOfA = (): readonly (number | undefined)[] | undefined =>
  a.vertex.view.overlay.paths[0]?.routes?.map(({ share }) => share);
const transit = (): readonly (readonly [number, number | undefined])[] =>
  (c.vertex.view.overlay.transit ?? []).map(({ rate, share }) => [rate / 1_000, share]);
const outcomes = (node: string): readonly string[] =>
  desk.acknowledged.filter((each) => each.node === node).map(({ outcome }) => outcome);

function lease(share: number | undefined, ...routes: readonly object[]): void {
  const count = outcomes("a").length;
  desk.give("a", cluster.node(mesh.node("d").key), announceOfD(mesh), desk.lease("a", "d", routes, {}, share));
  mesh.until("the lease is taken", () => outcomes("a").length > count);
}

function untilReported(): void {
  mesh.until("all have reported", () => [...mesh.nodes.keys()].every((name) => desk.reportsOf(name).length > 0));
}

describe("an origin", () => {
  beforeEach(untilReported);

  test("has its packets carry the share of its lease, and that of the next one at once", () => {
    lease(7, OVER_B, OVER_C);
    mesh.until("the routes have it", () => sharesOfA()?.join() === "7,7");
    lease(9, OVER_B, OVER_C);
    mesh.until("they have the next one", () => sharesOfA()?.join() === "9,9", 2_000);
    lease(undefined, OVER_B, OVER_C);
    mesh.until("they have none", () => sharesOfA()?.join() === ",", 2_000);
  });

  test("whose vertex knows no shares gives it none, until it does", () => {
    a.vertex.change({ shares: false });
    lease(7, OVER_B, OVER_C);
    mesh.until("there are routes", () => sharesOfA()?.length === 2);
    expect(sharesOfA()).toEqual([undefined, undefined]);
    expect(a.vertex.orders.some((order) => JSON.stringify(order).includes("share"))).toBe(false);
    a.vertex.change({ shares: true });
    mesh.until("the routes have it", () => sharesOfA()?.join() === "7,7");
  });

  test("has a captured coordinator's share on that one's routes alone", () => {
    giveRole({ cluster, mesh }, "c/route-coordinator");
    const captured = new ScriptedCoordinator(c);
    mesh.until("it is told, too", () => captured.reportsOf("a").length > 0);
    lease(7, OVER_B);
    mesh.until("the routes have the share", () => sharesOfA()?.join() === "7");
    captured.give("a", captured.lease("a", "d", [OVER_C], {}, 9));
    mesh.until("the other lease stands by", () => captured.acknowledged.some(({ outcome }) => outcome === "taken"));
    mesh.runFor(10_000);
    expect(sharesOfA()).toEqual([7]);
    a.vertex.lose("b>d", 1);
    mesh.until("the other lease is used", () => sharesOfA()?.join() === "9");
  });
});

describe("a relay", () => {
  beforeEach(untilReported);
  const PAIR = [100, 101];

  test("opens a pair to each share by itself, and acknowledges what its vertex has taken", () => {
    c.vertex.isAway = true;
    desk.give("c", desk.sharedPermits("c", PAIR, new Map([[7, 100], [9, 200], [0, 300]]))); // prettier-ignore
    mesh.runFor(5_000);
    expect(outcomes("c")).toEqual([]);
    c.vertex.isAway = false;
    mesh.until("they are acknowledged", () => outcomes("c").includes("taken"));
    expect(transit()).toEqual([[100, 7], [200, 9], [300, undefined]]); // prettier-ignore
  });

  test("whose vertex knows no shares opens the pair to all of them together", () => {
    c.vertex.change({ shares: false });
    desk.give("c", desk.sharedPermits("c", PAIR, new Map([[7, 100], [9, 200]]))); // prettier-ignore
    mesh.until("they are acknowledged", () => outcomes("c").includes("taken"));
    expect(transit()).toEqual([[100, undefined], [200, undefined]]); // prettier-ignore
  });

  test("takes as many shares as a record may have, and no more rate than its owner offers to all together", () => {
    const rates = (rate: number): ReadonlyMap<number, number> =>
      new Map(Array.from({ length: 136 }, (_, at) => [at + 1, rate]));
    desk.give("c", desk.sharedPermits("c", PAIR, rates(736)));
    mesh.until("they are refused", () => outcomes("c").includes("rate"));
    desk.give("c", desk.sharedPermits("c", PAIR, rates(735)));
    mesh.until("they are taken", () => outcomes("c").includes("taken"));
    expect(transit().length).toBe(136);
    // The vertex takes so many for a pair, and would refuse the whole order for one more.
    expect(transit().filter(([, share]) => share !== undefined).length).toBe(SHARES_PER_PAIR_MAX);
  });
});

test("a profile says within 5 s whether the vertex knows shares", () => {
  const told = (): number | undefined => {
    const profiles = (desk.told.get("a") ?? []).filter(({ kind }) => kind === "profile");
    const last = profiles.at(-1);
    return last && bodyOf(last, "profile")!.contracts.find(({ of }) => of === "routes")!.highest;
  };
  mesh.until("it says so", () => told() === 3);
  a.vertex.change({ shares: false });
  mesh.until("it says that it knows none", () => told() === 1, 6_000);
  a.vertex.change({ shares: true });
  mesh.until("it says so again", () => told() === 3, 6_000);
});
