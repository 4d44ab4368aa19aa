import { makeSigningKey } from "@florenetes/facts/authoring";
import { describe, expect, test } from "vitest";
import { type Captivity, captivityLines, judgeCaptivity } from "../src/fabric/captivity.ts";
import { leaseLies, permitLies } from "../src/fabric/lies.ts";
import { CAPTURED, decoysOf, hostsOf, NODES, twelvePlan } from "../src/fabric/terrain.ts";
import { FABRIC_WORKLOADS } from "../src/fabric/workloads.ts";

const key = makeSigningKey("node-g");
const SERVICES = ["steady-a", "web"];

/** Labels that say which node has them. */
function labelsOf(node: string): Record<string, number> {
  const first = 100 * (1 + NODES.indexOf(node));
  return Object.fromEntries([...NODES, ...SERVICES].map((name, at) => [name, first + at]));
}

describe("lies of a captured coordinator", () => {
  test("are leases for the user in form, of which all but three may be taken", () => {
    const lies = leaseLies(labelsOf, { user: "a", service: "steady-a", host: "x" }, key);
    expect(new Set(lies.map(({ what }) => what)).size).toBe(lies.length);
    for (const { record } of lies) {
      expect(record.subject).toMatch(/^a\/steady-a\/x\/[gkl]$/);
      for (const { labels, via } of (record.body as { routes: { labels: number[]; via: string[] }[] }).routes)
        expect(labels).toHaveLength(via.length);
    }
    expect(lies.flatMap(({ words }) => (words.includes("taken") ? [] : words))).toEqual([
      "host",
      "partition",
      "unknown-key",
    ]);
  });

  test("lead to the other host under the name of the right one", () => {
    const lies = leaseLies(labelsOf, { user: "a", service: "steady-a", host: "x" }, key);
    const { record } = lies.find(({ what }) => what.includes("no record names"))!;
    expect(record.body).toMatchObject({
      routes: [{ via: ["r", "x"], labels: [labelsOf("r")["y"], labelsOf("y")["steady-a"]] }],
    });
  });

  test("are permits that relays take or refuse, and that nobody else takes", () => {
    expect(permitLies(labelsOf, "r").flatMap(({ words }) => words)).toEqual(["rate", "taken"]);
    expect(permitLies(labelsOf, "x").flatMap(({ words }) => words)).toEqual(["no-role"]);
  });
});

test("the other host has services of the first one behind a door that no record names", () => {
  const plan = twelvePlan(FABRIC_WORKLOADS, {});
  const decoys = decoysOf(FABRIC_WORKLOADS);
  expect(decoys.map(({ service }) => service)).toEqual(expect.arrayContaining(["steady-a", "steady-b"]));
  for (const { service } of decoys) {
    expect(Object.keys(plan.services[service]!.targets)).toEqual(["x", "y"]);
    expect(hostsOf(FABRIC_WORKLOADS).get(service)).toEqual(["x"]);
  }
});

describe("a captured coordinator", () => {
  const HELD: Captivity = {
    words: new Map([
      ["to no service", new Map([["taken", 3]])],
      ["in another's name", new Map([["unknown-key", 2]])],
    ]),
    odd: [],
    misled: [],
    decoy: { connections: 0, bytes: 0 },
    seen: [],
    atOrigin: 2,
    looks: 2,
    passed: 7,
  };

  test("that has led nobody astray is held, and its figures are told", () => {
    const { findings, figures, name } = judgeCaptivity(HELD);
    expect(findings).toEqual([]);
    expect(name).toContain(CAPTURED);
    expect(figures).toMatch(/^3 lies in order were taken, 2 refused; 7 packets/);
    expect(captivityLines(HELD)).toEqual(["lie in another's name: unknown-key 2", "lie to no service: taken 3"]);
  });

  test.each<[string, Partial<Captivity>]>([
    ["was not heard", { words: new Map() }],
    ['said "taken"', { odd: ['a said "taken" of a record in another\'s name'] }],
    ["it leads web", { misled: ["web of x for a"] }],
    ["y got 1 connections and 9 bytes", { decoy: { connections: 1, bytes: 9 } }],
    ["in the memory of cluster-flor", { seen: ["cluster-flor"] }],
    ["finds nothing at the origin", { atOrigin: 0 }],
  ])("is a finding where %s", (text, more) => {
    expect(judgeCaptivity({ ...HELD, ...more }).findings).toEqual([expect.stringContaining(text)]);
  });
});
