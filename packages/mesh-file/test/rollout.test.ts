import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leadsOf, parseMesh, parseMeshObject, parseNodeConfig, planRollout, renderMesh } from "../src/index.ts";
import type { LabelLock, Mesh, MeshFileInput, NodeConfig, RolloutStep } from "../src/index.ts";
import { Network } from "../src/rollout/network.ts";
import { randomMesh } from "./random-mesh.ts";
import { seeded } from "./seeded.ts";

const LINE = `cluster: demo
nodes: { a: {}, b: { address: 192.0.2.2 }, c: { address: 192.0.2.3 }, d: { address: 192.0.2.4 } }
links:
  - { between: [a, b] }
  - { between: [b, c] }
  - { between: [a, c] }
  - { between: [c, d] }
services:
  web: { node: d, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: [a, b, c, d] }
`;

/** The rendered files as configs, and the lock that the rendering made. */
function rendered(mesh: Mesh, lock?: LabelLock, seed = 1): { configs: Map<string, NodeConfig>; lock: LabelLock } {
  const { nodes, lock: next } = renderMesh(mesh, seeded(seed), lock);
  const configs = nodes.map(({ name, clusterFlor }) => [name, parseNodeConfig(clusterFlor, `/${name}.yaml`)] as const);
  return { configs: new Map(configs), lock: next };
}

function stepsBetween(before: string, after: string): RolloutStep[] {
  const first = rendered(parseMesh(before, "/mesh.yaml").mesh);
  return planRollout(first.configs, rendered(parseMesh(after, "/mesh.yaml").mesh, first.lock).configs);
}

function told(steps: readonly RolloutStep[]): string[] {
  return steps.map(({ node, action, breaks }) => `${action} ${node}${breaks.length > 0 ? " !" : ""}`);
}

describe("the order in which nodes change", () => {
  test("nothing has changed", () => {
    expect(stepsBetween(LINE, LINE)).toEqual([]);
  });

  test("a new tunnel comes after the transit that it needs", () => {
    const more = `${LINE}  - { node: d, listen: "tcp://127.0.0.1:18081", as: user/bob, service: wiki, path: [d, c, a] }\n`;
    const after = more.replace(
      "tunnels:",
      '  wiki: { node: a, target: "tcp://127.0.0.1:80", allow: [user/bob] }\ntunnels:',
    );
    expect(told(stepsBetween(LINE, after))).toEqual(["change a", "change c", "change d"]);
    expect(told(stepsBetween(after, LINE))).toEqual(["change d", "change a", "change c"]);
  });

  test("a tunnel that gets another path finds its new transit there before its old one goes", () => {
    const after = LINE.replace("path: [a, b, c, d]", "path: [a, c, d]");
    expect(told(stepsBetween(LINE, after))).toEqual(["widen c", "change a", "change b", "narrow c"]);
  });

  test("nodes come first and go last", () => {
    const after = LINE.replace("d: {", "e: { address: 192.0.2.5 }, d: {")
      .replace("- { between: [c, d] }", "- { between: [c, d] }\n  - { between: [b, e] }\n  - { between: [e, d] }")
      .replace("[a, b, c, d]", "[a, b, e, d]");
    const there = told(stepsBetween(LINE, after));
    expect(there.indexOf("start e")).toBeLessThan(there.indexOf("change a"));
    const back = told(stepsBetween(after, LINE));
    expect(back.indexOf("stop e")).toBeGreaterThan(back.indexOf("change a"));
    expect([...there, ...back].filter((step) => step.endsWith("!"))).toEqual([]);
  });

  test("a link whose originator is the other end breaks what crosses it, and says where", () => {
    const after = LINE.replace("between: [b, c]", "between: [b, c], originator: b").replace(
      "a: {}",
      "a: { address: 192.0.2.1 }",
    );
    const flipped = after.replace("originator: b", "originator: c");
    const steps = stepsBetween(after, flipped);
    expect(told(steps)).toEqual(["change b !", "change c"]);
    expect(steps[0]!.breaks).toMatchObject([{ lead: { node: "a", service: "web" }, at: "c", text: /originator/ }]);
  });

  test("a link is awaited at a node until its other end has it, as it will be in the end", () => {
    const awaitedIn = (before: string, after: string): unknown[] =>
      stepsBetween(before, after).map(({ node, linksAwaited }) => [node, linksAwaited]);
    const more = LINE.replace("- { between: [c, d] }", "- { between: [c, d] }\n  - { between: [b, d], tag: spare }");
    expect(awaitedIn(LINE, more)).toEqual([
      ["b", ["d/spare"]],
      ["d", []],
    ]);
    expect(awaitedIn(more, LINE)).toEqual([
      ["b", []],
      ["d", []],
    ]);
    const fast = "rate: 50 Mbit/s";
    expect(awaitedIn(LINE, LINE.replace("between: [a, c]", `between: [a, c], ${fast}`))).toEqual([
      ["a", ["c/0"]],
      ["c", []],
    ]);
  });

  test("a user who is taken off a list with its tunnel loses the tunnel first", () => {
    const two = LINE.replace("[user/alice]", "[user/alice, user/bob]").concat(
      '  - { node: b, listen: "tcp://127.0.0.1:18081", as: user/bob, service: web, path: [b, c, d] }\n',
    );
    expect(told(stepsBetween(two, LINE))).toEqual(["change b", "change d"]);
  });

  test("labels that are all new ones take the place of the former ones beside them", () => {
    const { mesh } = parseMesh(LINE, "/mesh.yaml");
    const [first, last] = [rendered(mesh), rendered(mesh, undefined, 2)];
    const steps = planRollout(first.configs, last.configs);
    expect(told(steps)).toEqual(["widen b", "widen c", "widen d", "change a", "narrow b", "narrow c", "narrow d"]);
    const [now, wide, end] = [first.configs.get("d")!, steps[2]!.config!, last.configs.get("d")!];
    const both = (to: { label: number } | undefined, from: { label: number } | undefined): object => {
      return { label: to!.label, "second-label": from!.label };
    };
    expect(wide.services["web"]).toMatchObject(both(end.services["web"], now.services["web"]));
    expect(wide.links["c"]).toMatchObject(both(end.links["c"], now.links["c"]));
    expect(steps.flatMap(({ linksRemade }) => linksRemade)).toEqual([]);
  });

  test("a rollout of new labels goes on from any of its steps, and back", () => {
    const { mesh } = parseMesh(LINE, "/mesh.yaml");
    const [first, last] = [rendered(mesh).configs, rendered(mesh, undefined, 2).configs];
    const steps = planRollout(first, last);
    for (let made = 1; made < steps.length; made++) {
      const midway = new Map(first);
      for (const { node, config } of steps.slice(0, made)) midway.set(node, config!);
      expect(planRollout(midway, last)).toMatchObject(steps.slice(made).map(({ node, config }) => ({ node, config })));
      const back = planRollout(midway, first);
      expect(back.flatMap(({ breaks }) => breaks)).toEqual([]);
      for (const { node, config } of back) midway.set(node, config!);
      expect(midway).toEqual(first);
    }
  });

  test("a former number that stands for something else by now is kept by nobody, and the plan says that this breaks", () => {
    const { mesh } = parseMesh(LINE, "/mesh.yaml");
    const { configs: first, lock } = rendered(mesh);
    const label = (key: string): number => lock.labels.get(key)!;
    const swapped = new Map(lock.labels);
    swapped.set("service web", label("link c d/0 at d")).set("link c d/0 at d", label("service web"));
    const last = rendered(mesh, { ...lock, labels: swapped }).configs;
    const steps = planRollout(first, last);
    expect(steps.flatMap(({ breaks }) => breaks).map(({ at }) => at)).toEqual(["d"]);
    expect(steps.at(-1)!.config).toEqual(last.get(steps.at(-1)!.node));
  });

  test("new labels break nothing in any mesh: with LSPs, parallel links and paths within a node", () => {
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const { mesh } = parseMeshObject(input);
        const [first, last] = [rendered(mesh), rendered(mesh, undefined, 2)];
        const steps = planRollout(first.configs, last.configs);
        const state = new Map(first.configs);
        const network = new Network();
        for (const [node, config] of state) network.set(node, config);
        for (const { node, config, breaks } of steps) {
          expect(breaks).toEqual([]);
          network.set(node, config);
          state.set(node, config!);
          for (const [origin, now] of state)
            for (const { path, service } of leadsOf(origin, now))
              expect(network.try(origin, path).end).toBe(`service ${service}`);
        }
        expect(state).toEqual(last.configs);
      }),
      { numRuns: runs(25, 10) },
    );
  });

  test("breaks nothing that can be kept, whatever meshes come one after the other, and ends with the last one's files", () => {
    let changed = 0;
    let unbroken = 0;
    fc.assert(
      fc.property(randomMesh(), randomMesh(), (one, other) => {
        const first = rendered(parseMeshObject(one).mesh);
        const { configs: others } = rendered(parseMeshObject(withOriginatorsOf(one, other)).mesh, first.lock);
        const steps = planRollout(first.configs, others);
        const network = new Network();
        const state = new Map(first.configs);
        for (const [node, config] of state) network.set(node, config);
        const worksOf = (node: string, path: string, service: string): boolean =>
          network.try(node, path).end === `service ${service}`;
        for (const { node, config, breaks } of steps) {
          changed++;
          network.set(node, config);
          if (config === undefined) state.delete(node);
          else state.set(node, config);
          for (const [origin, now] of state) {
            for (const lead of leadsOf(origin, now)) {
              const last = others.get(origin);
              const isLeft =
                last !== undefined &&
                leadsOf(origin, last).some(({ listen, service }) => listen === lead.listen && service === lead.service);
              const isSaid = steps.some((step) => step.breaks.some((said) => said.lead.listen === lead.listen));
              if (isLeft && !isSaid) expect(worksOf(origin, lead.path, lead.service)).toBe(true);
            }
          }
          if (breaks.length === 0) unbroken++;
        }
        expect(state).toEqual(others);
      }),
      { numRuns: runs(60, 25) },
    );
    expect(changed).toBeGreaterThan(100);
    expect(unbroken / changed).toBeGreaterThan(0.8);
  });
});

/** The other mesh; links that both meshes have are called by the same end as in the first. */
function withOriginatorsOf(first: MeshFileInput, other: MeshFileInput): MeshFileInput {
  const keyOf = (between: readonly string[], tag = "0"): string => [...[...between].sort(), tag].join(" ");
  const ends = new Map((first.links ?? []).map(({ between, tag }) => [keyOf(between, tag), between]));
  const links = (other.links ?? []).map((link) => ({
    ...link,
    between: ends.get(keyOf(link.between, link.tag)) ?? link.between,
  }));
  return { ...other, links };
}
