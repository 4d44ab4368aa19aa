import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignLabels, emptyLock, formatLock, parseLock, parseMeshObject, renderMesh } from "../src/index.ts";
import type { LabelLock, MeshFileInput } from "../src/index.ts";
import { randomMesh } from "./random-mesh.ts";
import { seeded } from "./seeded.ts";

const LOCK_FILE = "/mesh.yaml.lock";

function render(input: MeshFileInput, lock?: LabelLock): ReturnType<typeof renderMesh> {
  return renderMesh(parseMeshObject(input).mesh, seeded(), lock);
}

/** A mesh that has a part of another one: no tunnels, no LSPs, and its links in another order. */
function smaller(mesh: MeshFileInput): MeshFileInput {
  return { ...mesh, tunnels: [], lsps: {}, links: mesh.links!.toReversed() };
}

describe("labels", () => {
  test("the same mesh and lock give the same bytes", () => {
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const first = render(input);
        expect(render(input, first.lock)).toEqual(first);
        expect(formatLock(render(input, first.lock).lock)).toBe(formatLock(first.lock));
        expect(parseLock(formatLock(first.lock), LOCK_FILE).labels).toEqual(new Map(first.lock.labels));
      }),
      { numRuns: runs(50, 20) },
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
      { numRuns: runs(50, 20) },
    );
  });

  test("no label is given twice in the mesh", () => {
    fc.assert(
      fc.property(randomMesh(), (input) => {
        const labels = [...render(input).lock.labels.values()];
        expect(new Set(labels).size).toBe(labels.length);
      }),
      { numRuns: runs(50, 20) },
    );
  });

  test("labels are spread over the whole range, whatever was given before", () => {
    const keys = Array.from({ length: 4_000 }, (_, index) => `service ${index}`);
    const { labels } = assignLabels(emptyLock("demo"), keys, seeded());
    const sixteenths = new Uint32Array(16);
    for (const label of labels.values()) {
      expect(label).toBeGreaterThanOrEqual(16);
      expect(label).toBeLessThanOrEqual(1_048_575);
      sixteenths[label >>> 16]!++;
    }
    // Each sixteenth is expected to have 250 labels, with a deviation of 15: the bounds are five deviations away.
    expect(Math.min(...sixteenths)).toBeGreaterThan(175);
    expect(Math.max(...sixteenths)).toBeLessThan(325);
  });

  test("every label of the range can be drawn, and a taken one is drawn again", () => {
    const draws = [0, 1_048_559, 0, 5];
    const lock = assignLabels(emptyLock("demo"), ["one", "two", "three"], (limit) => {
      expect(limit).toBe(1_048_560);
      return draws.shift()!;
    });
    expect([...lock.labels.values()]).toEqual([16, 1_048_575, 21]);
  });

  test("what has a label keeps it, though something new before it draws the same", () => {
    const lock = { ...emptyLock("demo"), labels: new Map([["old", 16]]) };
    const draws = [0, 5];
    expect(assignLabels(lock, ["new", "old"], () => draws.shift()!).labels).toEqual(
      new Map([
        ["new", 21],
        ["old", 16],
      ]),
    );
  });

  test("a removed label is kept, given to nothing else, and given back", () => {
    const full = assignLabels(emptyLock("demo"), ["one", "two", "three"], seeded());
    const without = assignLabels(full, ["one", "three"], seeded());
    expect([...without.labels.keys()]).toEqual(["one", "three"]);
    expect(without.removed).toEqual(new Map([["two", full.labels.get("two")]]));
    // The seeds are equal: the first draw is the label of "one", the second that of "two".
    const grown = assignLabels(without, ["one", "three", "four"], seeded());
    expect([...full.labels.values()]).not.toContain(grown.labels.get("four"));
    expect(grown.removed).toEqual(without.removed);
    const again = assignLabels(parseLock(formatLock(grown), LOCK_FILE), ["one", "two", "three"], seeded());
    expect(again.labels).toEqual(full.labels);
    expect([...again.removed.keys()]).toEqual(["four"]);
  });

  test("of too many removed ones the longest gone are forgotten", () => {
    const removed = new Map(Array.from({ length: 100_000 }, (_, index) => [`service ${index}`, 16 + index]));
    const lock = assignLabels({ ...emptyLock("demo"), removed, labels: new Map([["last", 1_048_575]]) }, [], seeded());
    expect(lock.removed.size).toBe(100_000);
    expect([...lock.removed.keys()].at(0)).toBe("service 1");
    expect([...lock.removed.keys()].at(-1)).toBe("last");
  });

  test("more keys than labels are refused", () => {
    const keys = Array.from({ length: 1_048_561 }, (_, index) => String(index));
    expect(() => assignLabels(emptyLock("demo"), keys, seeded())).toThrow(RangeError);
  });

  test("version 1 is read: what it gave stays, new labels are drawn", () => {
    const text = "version: 1\ncluster: demo\nnext: 102\nlabels:\n  service a: 100\n  service b: 101\n";
    const lock = assignLabels(parseLock(text, LOCK_FILE), ["service a", "service c"], () => 9_984);
    expect(formatLock(lock)).toBe(
      '# The labels of the mesh file beside this one. Written by "flor mesh render"; keep both files together.\n' +
        "version: 2\ncluster: demo\nlabels:\n  service a: 100\n  service c: 10000\nremoved:\n  service b: 101\n",
    );
  });

  test("a version that is not known is refused", () => {
    const text = "version: 3\ncluster: demo\nlabels: {}\n";
    expect(() => parseLock(text, LOCK_FILE)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("version 1 or 2") as unknown,
        where: expect.objectContaining({ line: 1 }) as unknown,
      }),
    );
  });

  test("a lock file that was merged by hand is refused with the line", () => {
    const text = "version: 2\ncluster: demo\nlabels:\n  service a: 100\nremoved:\n  service b: 100\n";
    expect(() => parseLock(text, LOCK_FILE)).toThrow(
      expect.objectContaining({ code: "ERR_MESH_LOCK_CONFLICT", where: expect.objectContaining({ line: 6 }) }),
    );
  });
});
