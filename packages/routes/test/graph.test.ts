import { Random } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RouteGraph } from "../src/graph.ts";
import { Reports } from "../src/reports.ts";
import {
  anyMesh,
  directoryOfNodes,
  GOOD,
  graphOf,
  link,
  NOW,
  OFFER,
  RELAY,
  reportOf,
  reportsOf,
  shuffled,
  type TestNodes,
} from "./world.ts";

const two: TestNodes = { a: {}, b: {} };
const end = (peer: string, figures = GOOD, more = {}) => ({ label: 16, peer, figures, ...more });
const linksOf = (graph: RouteGraph): string[] =>
  graph.links.map(({ a, b, figures }) => `${graph.nodes[a]!.name}-${graph.nodes[b]!.name} ${figures.join(" ")}`);

function graphOfReports(nodes: TestNodes): RouteGraph {
  return graphOf(nodes, []);
}

describe("a link", () => {
  test("counts when both ends tell it, in two directions with the labels of either end", () => {
    const graph = graphOf(two, [link("a", "b")]);
    expect(graph.edges).toEqual([
      { from: 0, to: 1, link: 0, label: 16, back: 16 },
      { from: 1, to: 0, link: 0, label: 16, back: 16 },
    ]);
  });

  test.each([
    ["one end alone", { a: { report: { links: [end("b")] } }, b: {} }],
    [
      "two ends with different tags",
      { a: { report: { links: [end("b", GOOD, { tag: "x" })] } }, b: { report: { links: [end("a")] } } },
    ],
    ["a node without a report of its own", { a: { report: { links: [end("c")] } } }],
    ["a node to itself", { a: { report: { links: [end("a")] } } }],
    [
      "an end that carries no packets of the least size",
      { a: { report: { links: [end("b")] } }, b: { report: { links: [end("a", GOOD.with(5, 1_199) as never)] } } },
    ],
  ] satisfies [string, TestNodes][])("does not count that %s tells", (_, nodes) => {
    expect(graphOfReports(nodes).links).toEqual([]);
  });

  test("has of each figure the worse one of its ends", () => {
    const graph = graphOfReports({
      a: { report: { links: [end("b", [0, 7, 0, 9_000, 3, 1_300, 0])] } },
      b: { report: { links: [end("a", [5, 0, 2, 1_000_000, 0, 1_500, 4])] } },
    });
    expect(linksOf(graph)).toEqual(["a-b 5 7 2 9000 3 1300 4"]);
  });

  test("stands beside others of the same nodes, by its tag", () => {
    const graph = graphOf(two, [link("a", "b", 1), link("a", "b", 2, { tag: "x" })]);
    expect(linksOf(graph)).toHaveLength(2);
    expect(graph.edges.map(({ label, back }) => [label, back])).toEqual([
      [16, 16],
      [17, 17],
      [16, 16],
      [17, 17],
    ]);
  });

  test("is told once by a node that tells it twice: the lower label counts", () => {
    const graph = graphOfReports({
      a: {
        report: {
          links: [
            { ...end("b"), label: 20 },
            { ...end("b"), label: 18 },
          ],
        },
      },
      b: { report: { links: [end("a")] } },
    });
    expect(graph.edges.map(({ label }) => label)).toEqual([18, 16]);
  });
});

describe("a node", () => {
  test.each([
    ["has no record", { a: undefined as never }],
    ["is void", { a: { isVoid: true } }],
    ["is of another partition", { a: { partition: "south" } }],
  ])("that %s is no part of the graph", (_, changes) => {
    const reports = reportsOf({ a: {}, b: {} }, [link("a", "b")]);
    const directory = directoryOfNodes({ ...two, ...changes });
    const graph = new RouteGraph(reports, { directory, partitions: new Set(["north"]) });
    expect(graph.nodes.map(({ name }) => name)).toEqual(["b"]);
    expect(graph.links).toEqual([]);
  });

  test("of another partition is one where the coordinator has both", () => {
    expect(graphOf({ a: { partition: "south" }, b: {} }, [link("a", "b")], ["north", "south"]).links).toHaveLength(1);
  });

  test.each([
    [["cluster"], { offer: OFFER }, ["cluster", "cluster", "cluster"]],
    [["org/acme"], { offer: OFFER }, [undefined, "org/acme", undefined]],
    [[], { offer: OFFER }, [undefined, undefined, undefined]],
    [["cluster"], {}, [undefined, undefined, undefined]],
  ])("with the roles %j and the report %j is a relay for the scopes %j", (relay, report, found) => {
    const graph = graphOf({ a: { relay, report } }, []);
    expect(["cluster", "org/acme", "org/other"].map((scope) => graph.relaysFor(scope)[0])).toEqual(found);
  });
});

describe("reports", () => {
  test("follow each other, end, and have a bound", () => {
    const reports = new Reports(2);
    expect(reports.take(reportOf("a", {}, NOW, 2), NOW)).toBe("taken");
    expect(reports.take(reportOf("a", {}, NOW, 1), NOW)).toBe("older");
    expect(reports.take(reportOf("a", {}, NOW, 2), NOW)).toBe("older");
    expect(reports.take(reportOf("b", {}), NOW + 60_000)).toBe("taken");
    expect(reports.take(reportOf("c", {}), NOW)).toBe("full");
    expect(reports.at(NOW).map(({ subject }) => subject)).toEqual(["a", "b"]);
    expect(reports.at(NOW + 180_000).map(({ subject }) => subject)).toEqual(["b"]);
    reports.expire(NOW + 180_000);
    expect([reports.size, reports.take(reportOf("c", {}), NOW)]).toEqual([1, "taken"]);
  });

  test("live by the clock of whoever holds them, whatever their nodes' clocks say", () => {
    const reports = new Reports();
    reports.take(reportOf("ahead", {}, NOW + 100_000), NOW);
    reports.take(reportOf("behind", {}, NOW - 100_000), NOW);
    expect(reports.at(NOW + 179_999)).toHaveLength(2);
    expect([reports.expire(NOW + 179_999), reports.expire(NOW + 180_000), reports.size]).toEqual([false, true, 0]);
  });
});

test("equal reports make equal graphs, in whatever order they come", () => {
  const property = fc.property(fc.integer(), (seed) => {
    const random = new Random(seed);
    const { nodes, links } = anyMesh(random, 6, 14);
    const facts = reportsOf(nodes, links);
    const graphs = [facts, shuffled(random, facts)].map((order) => {
      const reports = new Reports();
      for (const fact of order) reports.take(fact, NOW);
      return new RouteGraph(reports.at(NOW), { directory: directoryOfNodes(nodes), partitions: new Set(["north"]) });
    });
    expect(graphs[1]!.nodes).toEqual(graphs[0]!.nodes);
    expect(graphs[1]!.edges).toEqual(graphs[0]!.edges);
    expect(graphs[1]!.links).toEqual(graphs[0]!.links);
  });
  fc.assert(property, { numRuns: 30 });
});

test("a relay's role counts in the partition of its node alone", () => {
  const graph = graphOf({ a: { ...RELAY, partition: "south" } }, [], ["south"]);
  expect(graph.relaysFor("cluster")).toEqual(["cluster"]);
});
