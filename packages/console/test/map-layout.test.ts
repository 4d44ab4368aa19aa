import { expect, test } from "vitest";
import { layOut } from "../src/map-layout.ts";

test.each<[string, number, (readonly [number, number])[]]>([
  ["nothing", 0, []],
  ["one node", 1, []],
  ["nodes without links", 5, []],
  ["a link beside nodes", 4, [[0, 1]]],
  [
    "two links between the same nodes",
    2,
    [
      [0, 1],
      [1, 0],
    ],
  ],
  ["a line", 9, [0, 1, 2, 3, 4, 5, 6, 7].map((at) => [at, at + 1] as const)],
  ["a star", 40, Array.from({ length: 39 }, (_, at) => [0, at + 1] as const)],
])("a map has a place for each node: %s", (_what, count, links) => {
  const places = layOut(count, links);
  expect(places).toHaveLength(count);
  for (const { x, y } of places) {
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(Math.max(x, y)).toBeLessThanOrEqual(1);
  }
  expect(new Set(places.map(({ x, y }) => `${x.toFixed(3)} ${y.toFixed(3)}`)).size).toBe(count);
  expect(layOut(count, links)).toEqual(places);
});

test("links of a ring do not cross on its map, in whatever order its nodes stand", () => {
  const order = [0, 3, 1, 5, 2, 4];
  const links = order.map((node, at) => [node, order[(at + 1) % order.length]!] as const);
  const places = layOut(6, links);
  const isLeft = (a: number, b: number, c: number): boolean => {
    const [one, other, third] = [places[a]!, places[b]!, places[c]!];
    return (other.x - one.x) * (third.y - one.y) > (other.y - one.y) * (third.x - one.x);
  };
  const crosses = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): boolean =>
    new Set([a, b, c, d]).size === 4 && isLeft(a, b, c) !== isLeft(a, b, d) && isLeft(c, d, a) !== isLeft(c, d, b);
  expect(links.flatMap((one) => links.filter((other) => crosses(one, other)))).toEqual([]);
});
