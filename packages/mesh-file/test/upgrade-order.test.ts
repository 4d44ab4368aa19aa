import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clusterLinkKey,
  leadsCut,
  linksOfPaths,
  orderUpgrade,
  parseMesh,
  parseMeshObject,
  waysOfLeads,
} from "../src/index.ts";
import type { Mesh } from "../src/index.ts";
import { leadsOf } from "../src/mesh.ts";
import { randomMesh } from "./random-mesh.ts";

const NONE: ReadonlySet<string> = new Set();

/** Two relays beside each other, a third one behind both that is the only way to d, and a relay that nobody uses. */
const DIAMOND = `cluster: demo
nodes: { r3: {}, r1: {}, r2: {}, a: {}, d: {}, idle: {} }
links:
  - { between: [a, r1] }
  - { between: [a, r2] }
  - { between: [r3, r1], originator: r1 }
  - { between: [r3, r2], originator: r2 }
  - { between: [r3, d], originator: r3 }
  - { between: [a, idle] }
services:
  web: { node: d, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: [a, r1, r3, d] }
  - { node: a, listen: "tcp://127.0.0.1:18081", as: user/alice, service: web, path: [a, r2, r3, d] }
`;
/** Agents find the way of a tunnel: over r1 or r2, which are relays, and never over idle, which is none. */
const FOUND =
  DIAMOND.replace(/tunnels:[^]*/, "").replace("[r3, d]", "[idle, d], originator: idle }\n  - { between: [r3, d]") +
  `
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: auto }
fabric:
  root: sha256:${"5be1f70a".repeat(8)}
  relays: { r1: RELAY, r2: RELAY, r3: RELAY }
`.replaceAll("RELAY", "{ classes: [interactive], rate: 1 Mbit/s }");

const meshOf = (text: string): Mesh => parseMesh(text.replaceAll("{}", "{ address: 192.0.2.1 }"), "/mesh.yaml").mesh;

function told(
  text: string,
  ailing: readonly string[] = [],
  down: readonly (readonly [string, string])[] = [],
): string[] {
  const mesh = meshOf(text);
  const keys = down.map((between) => clusterLinkKey(mesh, { between, tag: "0" }));
  return orderUpgrade([mesh], new Set(ailing), new Set(keys)).map(({ node, role }) => `${node} ${role}`);
}

const ENDS = ["a end", "d end", "idle end"];

describe("the order of an upgrade", () => {
  test.each<[string, string, string[]]>([
    [
      "ends are first, then relays beside which there is another, then the only way",
      DIAMOND,
      [...ENDS, "r1 relay", "r2 relay", "r3 only way"],
    ],
    ["a way that agents find may lead over any relay", FOUND, [...ENDS, "r1 relay", "r2 relay", "r3 only way"]],
    [
      "a path alone has no other way",
      DIAMOND.replace(/.*18081.*\n/, ""),
      ["r2 end", ...ENDS, "r3 only way", "r1 only way"],
    ],
    [
      "a service over a relay of its own is no other way",
      DIAMOND.replace(
        "tunnels:",
        '  db: { node: d, target: "tcp://127.0.0.1:1", allow: [user/alice] }\ntunnels:',
      ).replace(/(18081.*service: )web/, "$1db"),
      [...ENDS, "r1 only way", "r2 only way", "r3 only way"],
    ],
    [
      "an end that is the only way of others is one",
      DIAMOND.replace("tunnels:", '  db: { node: r3, target: "tcp://127.0.0.1:1", allow: [user/alice] }\ntunnels:'),
      [...ENDS, "r1 relay", "r2 relay", "r3 only way"],
    ],
  ])("%s", (_, text, order) => {
    expect(told(text)).toEqual(order);
  });

  test("a node that ails is before all others, and a relay at a link that is down before other relays", () => {
    expect(told(DIAMOND, ["r3"])[0]).toBe("r3 only way");
    expect(told(DIAMOND, [], [["a", "r2"]])).toEqual([...ENDS, "r2 relay", "r1 relay", "r3 only way"]);
  });

  test("a node of two clusters is there once, as what it is in either", () => {
    const [one, two] = [meshOf(DIAMOND), meshOf(DIAMOND.replace("demo", "other").replace(/.*18081.*\n/, ""))];
    expect(orderUpgrade([one, two], NONE, NONE).map(({ node, role }) => `${node} ${role}`)).toEqual([
      ...ENDS,
      "r2 relay",
      "r1 only way",
      "r3 only way",
    ]);
  });
});

describe("a node that must not go down now", () => {
  test.each<[string, [string, string][], string, string[]]>([
    ["nothing is down", [], "r1", []],
    ["the other way is down", [["a", "r2"]], "r1", ["web"]],
    ["its own way is down", [["a", "r1"]], "r1", []],
    ["no way is left anyhow", [["r3", "d"]], "r1", []],
    ["it never had another way", [["a", "r2"]], "r3", []],
  ])("%s", (_, down, node, services) => {
    const mesh = meshOf(DIAMOND);
    const keys = new Set(down.map((between) => clusterLinkKey(mesh, { between, tag: "0" })));
    expect(leadsCut(waysOfLeads(mesh), node, keys).map(({ service }) => service)).toEqual(services);
  });
});

/** For each node and service the nodes that each written way crosses. */
function crossed(mesh: Mesh): string[][][] {
  const links = linksOfPaths(mesh);
  const groups = Map.groupBy(leadsOf(mesh), ({ node, service }) => `${node} ${service}`);
  return [...groups.values()].map((leads) =>
    leads.map(({ node, service, path }) => {
      const ends = [node, mesh.services.find(({ name }) => name === service)!.node];
      return links
        .get(path)!
        .flatMap(({ between }) => between)
        .filter((each) => !ends.includes(each));
    }),
  );
}

/** Meshes whose services have several ways. */
const meshes = randomMesh().map((input): Mesh => {
  const tunnels = input.tunnels!.map((tunnel) => {
    const { node } = input.services![tunnel.service]!;
    const [other] = Object.entries(input.services!).find(([, each]) => each.node === node)!;
    return { ...tunnel, service: other };
  });
  return parseMeshObject({ ...input, tunnels }).mesh;
});

test("each node is in the order once, and after an only way there are only ways", () => {
  fc.assert(
    fc.property(meshes, (mesh) => {
      const steps = orderUpgrade([mesh], NONE, NONE);
      expect(steps.map(({ node }) => node).toSorted()).toEqual(mesh.nodes.map(({ name }) => name).toSorted());
      const roles = steps.map(({ role }) => role);
      expect(roles).toEqual(roles.toSorted((a, b) => Number(a === "only way") - Number(b === "only way")));
      const onlyWays = steps.flatMap(({ node, role }) => (role === "only way" ? [node] : []));
      const groups = crossed(mesh);
      const expected = mesh.nodes.flatMap(({ name }) =>
        groups.some((ways) => ways.every((way) => way.includes(name))) ? [name] : [],
      );
      expect(onlyWays.toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: runs(2_000, 200) },
  );
});

test("no node goes down while the other way of a lead over it leads over a node that is down, whichever nodes ail at first", () => {
  fc.assert(
    fc.property(meshes, fc.infiniteStream(fc.boolean()), (mesh, ails) => {
      const ailing = new Set(mesh.nodes.flatMap(({ name }) => (ails.next().value === true ? [name] : [])));
      const linksDown = (): Set<string> =>
        new Set(
          mesh.links.flatMap((link) =>
            link.between.some((end) => ailing.has(end)) ? [clusterLinkKey(mesh, link)] : [],
          ),
        );
      const [leads, groups] = [waysOfLeads(mesh), crossed(mesh)];
      for (const { node } of orderUpgrade([mesh], new Set(ailing), linksDown())) {
        expect(leadsCut(leads, node, linksDown())).toEqual([]);
        for (const ways of groups) {
          const isOpen = (down: ReadonlySet<string>): boolean =>
            ways.some((way) => way.every((each) => !down.has(each)));
          if (isOpen(ailing) && isOpen(new Set([node]))) expect(isOpen(new Set([...ailing, node]))).toBe(true);
        }
        ailing.delete(node);
      }
    }),
    { numRuns: runs(2_000, 200) },
  );
});
