import { describe, expect, it } from "vitest";
import { overWires } from "../src/link-vertices.ts";
import { kilobytesPerConnection } from "../src/measures/memory.ts";
import { nodesOver, OTHER_PLACES, type Place, transitsOf, USUAL_PLACE } from "../src/place.ts";
import { FULL, planIn, QUICK, stepsOf } from "../src/plan.ts";
import { isMeasuredIn, SYSTEMS } from "../src/systems.ts";
import { wireArguments } from "../src/wires.ts";

describe("places", () => {
  it.each([1, 3, 6] as const)("have a at one end and d at the other: %s", (links) => {
    const nodes = nodesOver(links);
    expect([nodes[0], nodes.at(-1), nodes.length]).toEqual(["a", "d", links + 1]);
    expect(transitsOf(nodes)).toHaveLength(links - 1);
  });

  it("are told apart by their names", () => {
    const names = OTHER_PLACES.map(({ of, title, links }) => `${of} ${title} ${links}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it("have every bad wire over one link and over three, and there the transfer settles first", () => {
    const bad = OTHER_PLACES.filter(({ of }) => of === "bad-link");
    expect(bad.filter(({ links }) => links === 1)).toHaveLength(6);
    expect(bad.filter(({ links }) => links === 3)).toHaveLength(6);
    const plan = planIn(bad[0]!, FULL);
    expect(plan.settleSeconds).toBe(3);
    const steps = stepsOf(plan, bad[0]!).map(([, name]) => name);
    expect(steps).toEqual(["round trips", "throughput, 1", "round trips beside bulk"]);
  });

  it("have classes over slow wires and fast ones, with round trips beside eight streams", () => {
    const places = OTHER_PLACES.filter(({ of }) => of === "classes");
    expect(places.map(({ links, title }) => `${links}: ${title}`)).toEqual([
      "1: one class",
      "1: two classes",
      "1: two classes, links with a rate",
      "3: one class",
      "3: two classes",
      "3: two classes, links with a rate",
      "1: one class, fast wires",
      "1: two classes, fast wires",
    ]);
    const steps = stepsOf(planIn(places[0]!, FULL), places[0]!).map(([, name]) => name);
    expect(steps).toEqual(["round trips", "round trips beside 8 streams"]);
  });

  it("have link vertices over one link and over three, where only the mesh is measured", () => {
    const places = OTHER_PLACES.filter(({ of }) => of === "link-vertices");
    expect(places.map(({ links }) => links)).toEqual([1, 3]);
    const there = Object.keys(SYSTEMS).filter((key) => isMeasuredIn(places[0]!, key));
    expect(there).toEqual(["florenetes", "florenetes-tls", "florenetes-serial"]);
    const steps = stepsOf(planIn(places[0]!, FULL), places[0]!).map(([, name]) => name);
    expect(steps).toEqual(["round trips", "throughput, 1", "throughput, 8"]);
  });

  it("have a VPN beside nebula, wireguard-go and the mesh's own tunnels, and without these where wires are slow", () => {
    const [fast, slow] = OTHER_PLACES.filter(({ of }) => of === "vpn");
    const keysIn = (place: Place): string[] => Object.keys(SYSTEMS).filter((key) => isMeasuredIn(place, key));
    const vpns = ["vpn-flor", "vpn-flor-portable", "nebula-vpn", "wireguard-go"];
    expect([keysIn(fast!), keysIn(slow!)]).toEqual([["florenetes", ...vpns], vpns]);
    const stepsIn = (place: Place): string[] => stepsOf(planIn(place, FULL), place).map(([, name]) => name);
    expect(stepsIn(fast!)).toEqual(["round trips", "throughput, 1", "throughput, 8", "datagrams, 100 Mbit/s"]);
    expect(stepsIn(slow!)).toEqual(["round trips", "round trips beside 8 streams"]);
  });

  it("have in the usual one what the plan has", () => {
    expect(stepsOf(QUICK, USUAL_PLACE)).toHaveLength(7);
    expect(stepsOf({ ...QUICK, measures: ["throughput", "memory"] }, USUAL_PLACE)).toHaveLength(2);
  });
});

describe("a mesh over serial lines", () => {
  it("has a wire for each link, and at each node the ends that are there", () => {
    const nodes = { a: {}, b: {}, d: {} };
    const wires = { ends: (link: number) => [`/w/${link}-one`, `/w/${link}-other`] as const };
    const mesh = overWires({ cluster: "x", nodes, links: [{ between: ["a", "b"] }, { between: ["b", "d"] }] }, wires);
    const listens = Object.values(mesh.nodes).map((node) => node!.portals!["serial"]!.listen);
    expect(listens).toEqual([
      "serial:/w/0-one?baud=1000000",
      "serial:/w/0-other?baud=1000000 serial:/w/1-one?baud=1000000",
      "serial:/w/1-other?baud=1000000",
    ]);
    expect(mesh.links!.map(({ portal, endpoint }) => `${portal} ${endpoint}`)).toEqual([
      "serial serial:/w/0-one",
      "serial serial:/w/1-one",
    ]);
  });
});

describe("a bad wire", () => {
  it("is told half of the delay each way, and loss in a million", () => {
    expect(wireArguments({ delayMs: 200, lossShare: 0.02 })).toEqual(["100000", "20000", "0", "0"]);
    expect(wireArguments({ megabitsPerSecond: 20, bufferBytes: 5 })).toEqual(["0", "0", "20000", "5"]);
  });
});

describe("memory", () => {
  it("of a connection is what one more costs between the fewest and the most", () => {
    const figures = { "memory, idle": [50], "memory, 200 open": [100], "memory, 10000 open": [296, 900] };
    expect(kilobytesPerConnection(figures)).toEqual({ "KB per connection": 20.48 });
  });

  it("of a connection is not known of one number alone", () => {
    expect(kilobytesPerConnection({ "memory, 200 open": [100] })).toEqual({});
  });
});
