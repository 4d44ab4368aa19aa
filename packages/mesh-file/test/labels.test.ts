import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignLabels, emptyLock, formatLock, parseLock, parseMeshObject, renderMesh } from "../src/index.ts";
import type { LabelLock, MeshFileInput } from "../src/index.ts";
import { randomMesh } from "./random-mesh.ts";

const LOCK_FILE = "/mesh.yaml.lock";

function render(input: MeshFileInput, lock?: LabelLock): ReturnType<typeof renderMesh> {
  return renderMesh(parseMeshObject(input).mesh, lock);
}

/** A mesh that has some of what another one has: no tunnels, no LSPs, and its links in another order. */
function smaller(mesh: MeshFileInput): MeshFileInput {
  return { ...mesh, tunnels: [], lsps: {}, links: mesh.links!.toReversed() };
}

describe("labels", () => {
  test("the same mesh and lock give the same bytes", () => {
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const first = render(input);
        expect(render(input)).toEqual(first);
        expect(formatLock(render(input, first.lock).lock)).toBe(formatLock(first.lock));
        expect(parseLock(formatLock(first.lock), LOCK_FILE).labels).toEqual(new Map(first.lock.labels));
      }),
      { numRuns: 50 },
    );
  });

  test("growth keeps every label and every line about what was there", () => {
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const before = render(smaller(input));
        const after = render(input, before.lock);
        for (const [key, label] of before.lock.labels) expect(after.lock.labels.get(key)).toBe(label);
        for (const [index, node] of before.nodes.entries()) {
          const linkLines = node.clusterFlor.split("\n").filter((line) => /role:|label:/.test(line));
          for (const line of linkLines) expect(after.nodes[index]!.clusterFlor).toContain(line);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("no label is given twice in the mesh", () => {
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const labels = [...render(input).lock.labels.values()];
        expect(new Set(labels).size).toBe(labels.length);
      }),
      { numRuns: 50 },
    );
  });

  test("a removed label is forgotten and not given again at once", () => {
    const full = assignLabels(emptyLock("demo"), ["one", "two", "three"]);
    const without = assignLabels(full, ["one", "three"]);
    expect([...without.labels.keys()]).toEqual(["one", "three"]);
    const again = assignLabels(without, ["one", "three", "two"]);
    expect(again.labels.get("two")).toBe(103);
    expect(again.labels.get("three")).toBe(full.labels.get("three"));
  });

  test("after the highest label the count starts anew, past those in use", () => {
    const lock: LabelLock = { cluster: "demo", next: 1_048_575, labels: new Map([["old", 100]]) };
    const grown = assignLabels(lock, ["old", "new", "newer"]);
    expect(grown.labels).toEqual(
      new Map([
        ["old", 100],
        ["new", 1_048_575],
        ["newer", 101],
      ]),
    );
  });

  test("a lock file that was merged by hand is refused with the line", () => {
    const text = "version: 1\ncluster: demo\nnext: 102\nlabels:\n  service a: 100\n  service b: 100\n";
    expect(() => parseLock(text, LOCK_FILE)).toThrow(
      expect.objectContaining({ code: "ERR_MESH_LOCK_CONFLICT", where: expect.objectContaining({ line: 6 }) }),
    );
  });
});
