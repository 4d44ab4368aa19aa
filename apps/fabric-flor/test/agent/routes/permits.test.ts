/* Permits in the mesh of scripted-diamond.ts: b coordinates and relays, and c relays between a and d. */
import { SILENT_MS } from "@florenetes/routes";
import { beforeEach, describe, expect, test } from "vitest";
import { DAY, type DemoCluster } from "../../demo-records.ts";
import type { SimMesh } from "../simulated-nodes.ts";
import type { ScriptedCoordinator } from "./scripted-coordinator.ts";
import { openDiamond, RELAY, untilAllReported } from "./scripted-diamond.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;

let cluster: DemoCluster;
let mesh: SimMesh;
let desk: ScriptedCoordinator;

beforeEach(() => {
  ({ cluster, mesh, desk } = openDiamond());
  untilAllReported({ mesh, desk });
});

describe("permits", () => {
  const isAcknowledged = (outcome: string): boolean =>
    desk.acknowledged.some((each) => each.node === "c" && each.outcome === outcome);
  const transit = () => mesh.node("c").vertex.view.overlay.transit;

  test("open pairs of links, and are acknowledged once the vertex has them; pairs of links that are not there are told", () => {
    const c = mesh.node("c");
    c.vertex.isAway = true;
    const octets = desk.permits("c", [
      [100, 101, 5_000],
      [101, 777, 5_000],
    ]);
    desk.give("c", octets);
    mesh.runFor(10_000);
    expect(isAcknowledged("taken")).toBe(false);
    c.vertex.isAway = false;
    mesh.until("they are acknowledged", () => isAcknowledged("taken"));
    expect(transit()).toMatchObject([{ from: "a", to: "d", classes: ["reliable"], rate: 5_000_000 }]);
    expect(desk.acknowledged.find(({ node }) => node === "c")).toMatchObject({ left: [[101, 777]] });
  });

  test("of a newer epoch take their place, and are kept over a restart while the coordinator is away", () => {
    desk.give("c", desk.permits("c", [[100, 101, 5_000]]));
    mesh.until("they are acknowledged", () => isAcknowledged("taken"));
    mesh.node("b").stop();
    const before = transit();
    const c = mesh.node("c");
    const orders = c.vertex.orders.length;
    mesh.runFor(12 * MINUTE);
    c.stop();
    c.start(false);
    mesh.runFor(2 * MINUTE);
    expect(transit()).toEqual(before);
    expect(c.vertex.orders).toHaveLength(orders);
    mesh.runFor(HOUR);
    expect(transit()).toBeUndefined();
  });

  test("that end while their coordinator was heard just before open their pairs again as soon as its silence shows", () => {
    const c = mesh.node("c");
    const ends = c.at.wall + 3 * MINUTE;
    desk.give("c", desk.permits("c", [[100, 101, 5_000]], { expires: ends }));
    mesh.until("they are acknowledged", () => isAcknowledged("taken"));
    mesh.runFor(ends - c.at.wall - 1_000);
    mesh.node("b").stop();
    mesh.runFor(10_000);
    expect(transit()).toBeUndefined();
    expect(c.agent.routes.permits.octets(c.at), "what is kept over a restart").toHaveLength(1);
    mesh.runFor(SILENT_MS - 5_000);
    expect(transit()).toMatchObject([{ from: "a", to: "d" }]);
  });

  test.each<[string, string, readonly (readonly number[])[], object]>([
    ["above the owner's rate", "rate", [[100, 101, 100_001]], {}],
    [
      "of classes that the owner does not let pass",
      "class",
      [[100, 101, 1]],
      { body: { sets: [{ classes: ["dns"], pairs: [[100, 101, 1]] }] } },
    ],
  ])("%s are refused", (_, reason, pairs, more) => {
    desk.give("c", desk.permits("c", pairs, more));
    mesh.until("they are refused", () => isAcknowledged(reason));
    expect(transit()).toBeUndefined();
  });

  test.each([
    ["its role as a relay", "role", "c/relay/north"],
    ["its record", "node", "c"],
  ])("end with %s, though their coordinator is silent", (_, kind, subject) => {
    const c = mesh.node("c");
    desk.give("c", desk.permits("c", [[100, 101, 5_000]]));
    mesh.until("they are acknowledged", () => isAcknowledged("taken"));
    mesh.node("b").stop();
    mesh.runFor(30_000);
    expect(transit()).toMatchObject([{ from: "a", to: "d" }]);
    const issued = c.at.wall;
    const over = { epoch: 2, void: true, issued, expires: issued + (kind === "role" ? 30 : 400) * DAY };
    expect(c.take(cluster.control({ kind, subject, body: {}, ...over }))).toEqual(["taken"]);
    mesh.until("nothing passes", () => transit() === undefined, 3_000);
  });

  test("end in the overlay when the owner lets less pass", () => {
    desk.give("c", desk.permits("c", [[100, 101, 5_000]]));
    mesh.until("they are acknowledged", () => isAcknowledged("taken"));
    mesh.node("c").vertex.change({ relay: { ...RELAY, rate: 4_999 } });
    mesh.until("nothing passes", () => transit() === undefined);
  });
});

test("a coordinator is a relay, too, and writes to itself", () => {
  desk.give("b", desk.permits("b", [[100, 101, 5_000]]));
  const isTaken = () => desk.acknowledged.some(({ node, outcome }) => node === "b" && outcome === "taken");
  mesh.until("it has taken its own permits", isTaken);
  expect(mesh.node("b").vertex.view.overlay.transit).toMatchObject([{ from: "a", to: "d" }]);
});
