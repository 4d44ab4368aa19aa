/** A coordinator at rest: what it does not do while nothing comes or goes, and how soon it does it when something has. */
import { writeRoutesLetter } from "@florenetes/feed";
import { expect, test, vi } from "vitest";
import { viaOf, World } from "./world.ts";

const MINUTE = 60_000;

/** An origin a, a host h, and two relays between them. */
function two(): World {
  return new World({
    nodes: { a: undefined, h: undefined, r1: 100_000, r2: 100_000 },
    links: [
      ["a", "r1", 5_000],
      ["r1", "h", 5_000],
      ["a", "r2", 10_000],
      ["r2", "h", 10_000],
    ],
  });
}

test("reports with other figures alone make no graph where no lease is composed", () => {
  const world = two();
  world.run(15_000);
  const { graph } = world.work;
  const before = world.coordinator.reported.get("taken")!;
  world.run(5 * MINUTE);
  expect(world.coordinator.reported.get("taken")).toBeGreaterThan(before + 15);
  expect(world.work.graph).toBe(graph);
});

test("a link that breaks has all leases looked at, also where figures make another graph just before", () => {
  const world = two();
  const a = world.node("a");
  world.run(2 * MINUTE);
  const looked = vi.spyOn(world.work.leases, "lookAtAll");
  // A report tells of the broken link and asks for the first lease, for which figures of a minute ago make a graph.
  world.links.find(({ ends }) => ends.join() === "a,r1")!.isUp = false;
  a.hosts = ["h"];
  a.reportAt = 0;
  world.run(1_000);
  expect(looked).toHaveBeenCalledTimes(1);
});

test("records that are held keep no larger buffers than their own", () => {
  const world = two();
  world.node("a").hosts = ["h"];
  world.run(30_000);
  const { leases, reports } = world.work;
  const given = [...leases.shown(world.at)].map(({ leased }) => leased!.signed.octets);
  expect(given.length).toBeGreaterThan(0);
  for (const octets of given) expect(octets.buffer.byteLength).toBe(octets.length);
  // A payload stands in its record, with little beside it.
  const payloads = reports.at(world.at.wall).map(({ envelope }) => envelope.payload);
  expect(payloads).toHaveLength(5);
  for (const payload of payloads) expect(payload.buffer.byteLength).toBeLessThan(payload.length + 200);
});

test("a report is read once", () => {
  const world = two();
  world.run(5_000);
  const a = world.node("a");
  const body = writeRoutesLetter({ wait: 45, records: [world.report(a)], acknowledged: [] });
  const read = vi.spyOn(JSON, "parse");
  world.post(a, body);
  const times = read.mock.calls.length;
  read.mockRestore();
  expect(times).toBe(1);
});

test("a report that ends, a link that breaks and a role that is taken back make another graph at once", () => {
  const world = two();
  world.run(15_000);
  const links = (): number => world.work.graph!.links.length;
  expect(links()).toBe(4);
  const [link] = world.links;
  link!.isUp = false;
  world.touch(...link!.ends);
  world.run(2_000);
  expect(links()).toBe(3);
  // A node that is silent is told of by nobody: its own report ends.
  world.node("h").isUp = false;
  world.run(1_000);
  expect(world.work.graph!.placeOf("h")).toBeDefined();
  world.run(3 * MINUTE + 2_000);
  expect(world.work.graph!.placeOf("h")).toBeUndefined();
  const before = world.work.graph;
  world.role("r2/relay/north", { epoch: 2, void: true, body: {} });
  world.run(1_000);
  expect(world.work.graph).not.toBe(before);
});

test("nothing is composed while nothing comes or goes, until leases are renewed, and a relay that comes is used soon", () => {
  const world = two();
  world.node("a").hosts = ["h"];
  world.run(30_000);
  const { leases } = world.work;
  const before = leases.composed;
  world.run(4 * MINUTE);
  expect(leases.composed).toBe(before);
  world.run(MINUTE);
  expect([leases.composed, leases.given]).toEqual([before + 1, 2]);
  world.add("r3", 100_000);
  world.join("a", "r3");
  world.join("r3", "h");
  world.touch("r3");
  world.until("the lease has it", () => viaOf(world.node("a").leases.get("h")).includes("r3"), 40_000);
});

test("leases that are renewed keep their routes, though others have become a little better: relays get no other permits, and all go in one letter", () => {
  const world = two();
  world.add("g", undefined);
  for (const relay of ["r1", "r2"]) world.join(relay, "g", 5_000);
  const a = world.node("a");
  a.hosts = ["h"];
  world.run(20_000);
  // The second lease comes later, and is renewed with the first.
  a.hosts = ["h", "g"];
  a.reportAt = 0;
  world.run(30_000);
  const [before, others] = [[...a.leases.values()], ["h", "g"].map((host) => viaOf(a.leases.get(host)))];
  expect(others).toEqual(["r1 h, r2 h", "r1 g, r2 g"]);
  for (const link of world.links) if (link.ends.includes("r1")) link.roundTrip = 8_000;
  const { permits, leases } = world.work;
  const [{ sent }, { given }] = [permits, leases];
  world.until("both are renewed", () => [...a.leases.values()].every((each) => !before.includes(each)), 5 * MINUTE);
  expect(["h", "g"].map((host) => viaOf(a.leases.get(host)))).toEqual(others);
  expect(leases.given).toBe(given + 2);
  const [first, second] = [...a.leases.values()].map(({ fact }) => fact.issued);
  expect(first).toBe(second);
  world.run(MINUTE);
  // Each relay got one, as permits live no longer than leases.
  expect(permits.sent).toBe(sent + 2);
});

test("leases of several origins, given within seconds, are renewed at once", () => {
  const world = two();
  world.add("b", undefined);
  for (const relay of ["r1", "r2"]) world.join("b", relay, 5_000);
  const [a, b] = [world.node("a"), world.node("b")];
  const issued = (): number[] => [a, b].map(({ leases }) => leases.get("h")?.fact.issued ?? 0);
  a.hosts = ["h"];
  world.until("a has a lease", () => issued()[0]! > 0, 20_000);
  world.run(3_000);
  b.hosts = ["h"];
  b.reportAt = 0;
  world.until("b has one", () => issued()[1]! > 0, 20_000);
  const before = issued();
  expect(before[1]! - before[0]!).toBeGreaterThanOrEqual(3_000);
  world.until("both are renewed", () => issued().every((each, at) => each > before[at]!), 6 * MINUTE);
  const [first, second] = issued();
  expect(Math.abs(first! - second!)).toBeLessThan(1_000);
});

test("an origin that stands by with leases, and names none in its reports, is planned for once", () => {
  const world = two();
  const a = world.node("a");
  a.hosts = ["h"];
  a.isQuiet = true;
  world.run(6 * MINUTE);
  expect(world.work.leases.given).toBeGreaterThan(1);
  expect(world.work.plan.size).toBe(1);
  world.run(20 * MINUTE);
  expect(world.work.plan.size).toBeLessThanOrEqual(2);
  expect(world.isServed(a)).toBe(true);
});

test("a lease that one relay less ends is composed again, as there may be room for a second route", () => {
  const world = two();
  world.node("a").hosts = ["h"];
  world.node("r2").isUp = false;
  world.run(30_000);
  expect(viaOf(world.node("a").leases.get("h"))).toBe("r1 h");
  const { leases } = world.work;
  const before = leases.composed;
  world.run(4 * MINUTE);
  expect(leases.composed).toBeGreaterThan(before + 6);
  expect(leases.given).toBe(1);
});

test("a lease has the label that its host announces anew", () => {
  const world = two();
  world.node("a").hosts = ["h"];
  world.run(30_000);
  const labels = (): readonly (number | undefined)[] =>
    world
      .node("a")
      .leases.get("h")!
      .body!.routes.map((route) => route.labels.at(-1));
  expect(labels()).toEqual([900, 900]);
  world.label = 901;
  world.node("h").reportAt = 0;
  const took = world.until("the lease has it", () => labels()[0] === 901, MINUTE);
  expect(took).toBeLessThan(12_000);
});

test("an origin that asks for another rate gets it soon", () => {
  const world = two();
  world.node("a").hosts = ["h"];
  world.run(30_000);
  const rate = (): number => world.node("a").leases.get("h")!.body!.rate;
  const before = rate();
  world.rate = 600;
  world.node("a").reportAt = 0;
  const took = world.until("the lease has it", () => rate() !== before, MINUTE);
  expect(took).toBeLessThan(12_000);
});
