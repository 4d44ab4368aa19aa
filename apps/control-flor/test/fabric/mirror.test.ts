import { expect, test } from "vitest";
import { Mirror } from "../../src/fabric/mirror.ts";
import type { ToldDigests } from "../../src/fabric/told.ts";
import { TOLD_KINDS, type ToldRecord } from "../../src/fabric/told-records.ts";
import { nodeRecord, serviceRecord } from "../a-fabric.ts";

function digestsOf(hashes: Readonly<Record<string, string>>): ToldDigests {
  const kinds = Object.entries(hashes).map(([kind, hash]) => [kind, { count: 1, hash }]);
  return { cluster: "demo", node: "c", kinds: Object.fromEntries(kinds) as ToldDigests["kinds"] };
}

/** A record that counts how often its body is read. */
function counted(record: ToldRecord): { readonly record: ToldRecord; readonly reads: () => number } {
  let reads = 0;
  const read = (): unknown => {
    reads++;
    return record.body;
  };
  return { record: Object.defineProperty({ ...record }, "body", { get: read, enumerable: true }), reads: () => reads };
}

const pages = (...facts: ToldRecord[][]) => facts.map((some) => ({ facts: some, next: null }));

test("kinds are asked for whose records are others than before, and no other ones", () => {
  const mirror = new Mirror();
  expect(mirror.outdated(digestsOf({}))).toEqual([]);
  expect(mirror.outdated(digestsOf({ node: "1", service: "1", "kind-of-tomorrow": "1" }))).toEqual(["node", "service"]);
  mirror.handleKind("node", "1", pages([nodeRecord("a")]));
  expect(mirror.outdated(digestsOf({ node: "1", service: "1" }))).toEqual(["service"]);
  mirror.handleKind("service", "1", pages([serviceRecord("web", ["a"])]));
  expect(mirror.outdated(digestsOf({ node: "1", service: "1" }))).toEqual([]);
  expect(mirror.outdated(digestsOf({ node: "2", service: "1" }))).toEqual(["node"]);
  // The last record of a kind has ended.
  expect(mirror.outdated(digestsOf({ service: "1" }))).toEqual(["node"]);
  mirror.handleKind("node", undefined, pages([]));
  expect(mirror.outdated(digestsOf({ service: "1" }))).toEqual([]);
  expect(mirror.snapshot()("node")).toEqual([]);
});

test("a body is read once, however often its record is told", () => {
  const mirror = new Mirror();
  const [a, b] = [counted(nodeRecord("a")), counted(nodeRecord("b"))];
  mirror.handleKind("node", "1", pages([a.record]));
  const once = a.reads();
  expect(once).toBeGreaterThan(0);
  mirror.handleKind("node", "2", pages([a.record], [b.record]));
  expect(a.reads()).toBe(once);
  expect(b.reads()).toBe(once);
  expect(
    mirror
      .snapshot()("node")
      .map(({ subject }) => subject),
  ).toEqual(["a", "b"]);
});

test("a body in a form of another version leaves one record out", () => {
  const mirror = new Mirror();
  const strange = [undefined, null, 7, "text", [], {}, { key: 1 }].map((body) => ({ ...nodeRecord("x"), body }));
  mirror.handleKind("node", "1", pages([nodeRecord("a"), ...strange, nodeRecord("b")]));
  expect(
    mirror
      .snapshot()("node")
      .map(({ subject }) => subject),
  ).toEqual(["a", "b"]);
});

test("a snapshot stays as it was", () => {
  const mirror = new Mirror();
  mirror.handleKind("node", "1", pages([nodeRecord("a")]));
  const before = mirror.snapshot();
  mirror.handleKind("node", "2", pages([nodeRecord("b")]));
  expect(before("node").map(({ subject }) => subject)).toEqual(["a"]);
  expect(TOLD_KINDS.filter((kind) => kind !== "node").flatMap((kind) => before(kind))).toEqual([]);
});
