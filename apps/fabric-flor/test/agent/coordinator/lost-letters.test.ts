/*
 * An origin whose letters wait at a coordinator two links away, among whole agents. The agents of relays are started again, and the coordinator's:
 *
 *         r         k coordinates, and d hosts web
 *       ╱ │ ╲
 *      a  k  d
 *       ╲ │ ╱
 *         s
 */
import { beforeEach, expect, test } from "vitest";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const FIGURES = { roundTripMs: 1.5, jitterMs: 0.1, loss: 0, rate: null, queue: 0, mtu: 1_350, breaks: 0 };
const RELAYS = ["r", "s"] as const;
/** A letter that was lost waits at the coordinator again after so long. */
const AGAIN_MS = 5_000;

let mesh: SimMesh;
let a: SimNode;
let k: SimNode;

const waysOfA = (): string =>
  (a.vertex.view.overlay.paths[0]?.routes ?? [])
    .map(({ via }) => via.join(" "))
    .toSorted()
    .join(", ");

beforeEach(() => {
  const cluster = new DemoCluster(NOW - DAY);
  mesh = new SimMesh({
    cluster,
    startsAt: NOW,
    links: RELAYS.flatMap((relay) => ["a", "k", "d"].map((node) => [node, relay] as const)),
    services: { d: ["web"] },
    wants: { a: ["web"] },
    coordinators: ["k"],
  });
  for (const node of mesh.nodes.values()) {
    node.vertex.change({ links: node.vertex.view.links.map((link) => ({ ...link, figures: FIGURES })) });
    if (node.name === "r" || node.name === "s")
      node.vertex.change({ relay: { classes: ["reliable"], rate: 1_000_000 } });
  }
  mesh.start();
  const body = { actions: [], services: [], depth: 0 };
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  for (const subject of ["k/route-coordinator/north", "r/relay/north", "s/relay/north"])
    mesh.node("k").take(cluster.control({ kind: "role", subject, body }));
  mesh.node("a").take(cluster.service("web", ["d"]));
  [a, k] = [mesh.node("a"), mesh.node("k")];
  mesh.until("web is led over both", () => waysOfA() === "r d, s d");
  mesh.runFor(90_000);
});

test("whatever a coordinator has for an origin comes at once, after the agents of all relays were started again", () => {
  const { sent } = a.agent.mail.office;
  for (const relay of RELAYS) {
    mesh.node(relay).stop();
    mesh.runFor(1_000);
    mesh.node(relay).start();
    mesh.runFor(AGAIN_MS);
  }
  // Both may have had the letter, each time that it was lost.
  expect(a.agent.mail.office.sent - sent).toBeLessThanOrEqual(6);
  k.do((agent) => agent.coordinator.work!.guests.askToCall("a", "d", k.at));
  expect(mesh.until("it is asked", () => a.agent.links.asked.at(a.at.now).has("d"))).toBeLessThan(1_000);
});

test("a coordinator that was started again is told all within seconds of its first beacon", () => {
  k.stop();
  mesh.runFor(20_000);
  k.start();
  const reports = (): number => [...(k.agent.coordinator.work?.reports.at(k.at.wall) ?? [])].length;
  expect(mesh.until("all nodes have reported", () => reports() === 5)).toBeLessThan(AGAIN_MS);
});

test("a change of a link is told at once, and figures with the next letter, so that no report ends", () => {
  const { reported } = k.agent.coordinator;
  const ages: number[] = [];
  for (let second = 0; second < 600; second++) {
    mesh.runFor(1_000);
    const report = k.agent.coordinator.work!.reports.at(k.at.wall).find(({ subject }) => subject === "a");
    ages.push(k.at.wall - report!.issued);
  }
  expect(Math.max(...ages)).toBeLessThan(115_000);
  const before = reported.get("taken")!;
  mesh.setLink("a", "r", "down");
  mesh.until("it is told", () => reported.get("taken")! >= before + 2, 6_000);
});

test("in ten minutes in which nothing happens no letter is lost, none goes but each 45 s, and an empty answer is not planned for", () => {
  const [before, { plans }] = [a.agent.mail.office.sent, a.agent.planner];
  mesh.runFor(600_000);
  const { sent, lost } = a.agent.mail.office;
  expect(a.agent.planner.plans - plans).toBeLessThan(20);
  // Reports go with letters that wait, and a lease that is renewed is acknowledged.
  expect(lost).toBe(0);
  expect(sent - before).toBeLessThan(20);
});

test("an announcement that is renewed goes with the next letter, and one that says something else goes at once", () => {
  const announced = (book = a.agent.book): string => book!.inForce("announce", "cluster", "a", a.at.wall)!.id;
  const isTold = (): boolean => k.agent.book!.has(announced());
  const first = announced();
  const sent: number[] = [];
  mesh.until(
    "it is renewed",
    () => {
      sent.push(a.agent.routes.post.sent);
      return announced() !== first;
    },
    900_000,
  );
  const before = sent.at(-2)!;
  mesh.runFor(500);
  expect(a.agent.routes.post.sent).toBe(before);
  mesh.until("the coordinator has it", isTold, 50_000);
  const second = announced();
  const own = [...a.vertex.view.own, { principal: "service/other.a", keys: ["ab".repeat(32)] }];
  a.vertex.change({ own });
  mesh.until("another one is made", () => announced() !== second, 60_000);
  const { sent: sentThen } = a.agent.routes.post;
  mesh.until("a letter goes", () => a.agent.routes.post.sent > sentThen, 1_500);
});
